import Filters
import Notifications
import Routing

extension LoadedConfiguration {
    /// What is allowed and probably not meant, in the order of the file: lints of the filters, routes
    /// that change nothing, endpoints that get nothing, unknown event types.
    public var warnings: [ConfigurationWarning] {
        (routeWarnings() + idleEndpoints() + unknownEventTypes()).sorted { $0.position < $1.position }
    }

    private func routeWarnings() -> [ConfigurationWarning] {
        guard let table = try? configuration.routeTable() else { return [] }
        return table.lints(FilterContext(types: possibleTypes())).map { lint in
            let path = "routes[\(lint.route)]"
            let filter = configuration.routes[lint.route].filter
            let severity: ConfigurationWarning.Severity = lint.severity == .note ? .note : .warning
            guard let offset = lint.offset, let filter else {
                return warning(at: path, severity: severity, message: lint.message, remedy: lint.suggestion)
            }
            // A lint quotes the filter, which must not show what a variable holds.
            guard isPlain("\(path).filter") else {
                return warning(
                    at: "\(path).filter", severity: severity,
                    message: "there is something odd in the filter once its variables are read, at its character \(filter.scalars(before: offset) + 1)",
                    remedy: "write it without variables to see what")
            }
            return warning(
                at: "\(path).filter", offset: filter.scalars(before: offset), severity: severity, message: lint.message,
                remedy: lint.suggestion)
        }
    }

    /// Every `type` that an event can have; none where publishers may send types of their own.
    private func possibleTypes() -> [String] {
        guard configuration.http == nil else { return [] }
        var types: [String] = []
        for subscription in configuration.brokers.flatMap(\.subscriptions) {
            guard case .event(let event) = subscription.type else { return [] }
            types.append(event.name(in: configuration.dialect, serviceName: configuration.serviceName))
        }
        return types
    }

    private func idleEndpoints() -> [ConfigurationWarning] {
        configuration.endpoints.filter { endpoint in
            !configuration.routes.contains { $0.endpoint == endpoint.id }
        }.map { endpoint in
            warning(
                at: "endpoints.\(endpoint.id)", severity: .warning,
                message: "no route goes to endpoint '\(endpoint.id)': it gets nothing",
                remedy: "add a route; one without a filter takes every event")
        }
    }

    private func unknownEventTypes() -> [ConfigurationWarning] {
        configuration.endpoints.flatMap { endpoint in
            (endpoint.eventTypes ?? []).enumerated().compactMap { index, name -> ConfigurationWarning? in
                guard
                    let nearest = EventTypeSelection.nearestName(to: name, serviceName: configuration.serviceName)
                else { return nil }
                let path = "endpoints.\(endpoint.id).eventTypes[\(index)]"
                return warning(
                    at: path, severity: .warning,
                    message: isPlain(path)
                        ? "'\(name)' is no known event type: only CloudEvents of exactly this type are taken"
                        : "the event type is no known one: only CloudEvents of exactly this type are taken",
                    remedy: "did you mean '\(nearest)'?")
            }
        }
    }
}
