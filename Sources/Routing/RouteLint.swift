import Filters
import Notifications

/// Something in a route that is allowed and probably not meant.
public struct RouteLint: Sendable, Hashable {
    /// The place in ``RouteTable/routes``.
    public var route: Int
    public var severity: FilterLint.Severity
    /// UTF-8 bytes of the filter's text before the place; `nil`: the route as a whole.
    public var offset: Int?
    public var message: String
    public var suggestion: String?
}

extension RouteTable {
    /// The lints of every filter, and of what routes do to each other.
    public func lints(_ context: FilterContext = FilterContext()) -> [RouteLint] {
        var found: [RouteLint] = []
        for (index, filter) in filters.enumerated() {
            guard let filter else { continue }
            found += filter.lints(context).map { lint in
                RouteLint(
                    route: index, severity: lint.severity, offset: lint.range.lowerBound, message: lint.message,
                    suggestion: lint.suggestion)
            }
            found += Self.sequenceLints(filter, route: index)
        }
        return found + redundantRoutes()
    }

    /// The journal numbers what the routes let through, so routes cannot ask for the number.
    private static func sequenceLints(_ filter: Filter, route: Int) -> [RouteLint] {
        filter.attributeUses.filter { $0.name == "sequence" || $0.name == "sequencetype" }.map { use in
            RouteLint(
                route: route, severity: .warning, offset: use.range.lowerBound,
                message: "an event is routed before it is numbered: `\(use.name)` is absent unless the publisher sent one",
                suggestion: nil)
        }
    }

    private func redundantRoutes() -> [RouteLint] {
        guard let everything = try? Filter(parsing: "true") else { return [] }
        let set = FilterSet(filters: filters.map { $0 ?? everything })
        return set.redundant(endpoints: routes.map(\.endpoint)).map { redundant in
            RouteLint(
                route: redundant.index, severity: .warning, offset: nil,
                message: "route '\(routes[redundant.index].id)' changes nothing: route '\(routes[redundant.coveredBy].id)' sends the same events to \(routes[redundant.index].endpoint)",
                suggestion: "remove one of the two")
        }
    }
}
