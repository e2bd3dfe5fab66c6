import Notifications

/// What the endpoints' `eventTypes` let through. The notification types of the seeds are looked up;
/// any other type is compared with each selection.
struct TypeLimits: Sendable {
    /// Endpoints that have `eventTypes`.
    let limited: UInt64
    private let selections: [(bit: UInt64, selection: EventTypeSelection)]
    private let known: [String: UInt64]

    init(_ endpoints: [RouteTable.Endpoint], serviceName: String) {
        let selections = endpoints.compactMap { endpoint in
            endpoint.eventTypes.map {
                (bit: Destinations.bit(endpoint.place), selection: EventTypeSelection($0, serviceName: serviceName))
            }
        }
        self.selections = selections
        limited = selections.reduce(0) { $0 | $1.bit }
        var known: [String: UInt64] = [:]
        if !selections.isEmpty {
            for dialect in Dialect.allCases {
                for event in EventType.allCases {
                    let name = event.name(in: dialect, serviceName: serviceName)
                    known[name] = Self.takers(of: name, selections, limited)
                }
            }
        }
        self.known = known
    }

    /// Endpoints without `eventTypes`, and those whose `eventTypes` have the type.
    func takers(of type: String) -> UInt64 {
        known[type] ?? Self.takers(of: type, selections, limited)
    }

    private static func takers(
        of type: String, _ selections: [(bit: UInt64, selection: EventTypeSelection)], _ limited: UInt64
    ) -> UInt64 {
        selections.reduce(~limited) { bits, limit in
            limit.selection.contains(type: type) ? bits | limit.bit : bits
        }
    }
}
