import Filters
import Notifications

/// Why routes are no table.
public enum RouteFault: Sendable, Hashable {
    /// `route` is the place in the list of routes.
    case filter(route: Int, id: String, FilterError)
    case unknownEndpoint(route: Int, id: String, endpoint: EndpointID)
    /// Outside 0 through 63, or in use.
    case unusablePlace(endpoint: EndpointID, place: Int)
}

extension RouteFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .filter(_, let id, let error):
            "the filter of route '\(id)': \(error)"
        case .unknownEndpoint(_, let id, let endpoint):
            "route '\(id)' goes to '\(endpoint)', and no endpoint has that name; declare it, or correct the route"
        case .unusablePlace(let endpoint, let place):
            "endpoint '\(endpoint)' has place \(place), which is taken or not from 0 to \(RouteTable.maximumEndpoints - 1); have fewer endpoints"
        }
    }
}

/// Every fault of one table.
public struct RouteFaults: Error, Sendable, Hashable, CustomStringConvertible {
    public let faults: [RouteFault]

    public init(_ faults: [RouteFault]) {
        self.faults = faults
    }

    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
