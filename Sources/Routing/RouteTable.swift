import Filters
import Notifications

/// Which event goes to which endpoints (design.md 5.2, 5.3): all routes of a configuration, compiled
/// together.
///
/// With no route nothing leaves; a route without a filter takes everything; several routes to one
/// endpoint deliver an event once; an endpoint's `eventTypes` limit it further. An event has no
/// `sequence` yet when it is routed: the journal numbers what the routes let through.
public struct RouteTable: Sendable {
    /// As many as there are bits in ``Destinations``.
    public static let maximumEndpoints = 64

    /// An endpoint, as far as routing needs it.
    public struct Endpoint: Sendable, Hashable {
        public var id: EndpointID
        /// Its bit in ``Destinations``, chosen by the caller: 0 through 63.
        public var place: Int
        /// `nil` takes all.
        public var eventTypes: [String]?

        public init(id: EndpointID, place: Int, eventTypes: [String]? = nil) {
            self.id = id
            self.place = place
            self.eventTypes = eventTypes
        }
    }

    public let endpoints: [Endpoint]
    public let routes: [RouteDefinition]
    /// One for each route; `nil` for a route without a filter.
    let filters: [Filter?]
    /// All filters there are, and for each the endpoint's bit.
    private let filterSet: FilterSet
    private let filterBits: [UInt64]
    /// Endpoints with a route that takes everything.
    private let unfiltered: UInt64
    private let typeLimits: TypeLimits

    /// - Parameters:
    ///   - serviceName: stands for `<Service RP>` in the names of notification types.
    /// - Throws: every fault of the table at once.
    public init(
        endpoints: [Endpoint], routes: [RouteDefinition], serviceName: String = EventType.defaultServiceName
    ) throws(RouteFaults) {
        var faults: [RouteFault] = []
        var places: [EndpointID: Int] = [:]
        for endpoint in endpoints {
            if !(0..<Self.maximumEndpoints).contains(endpoint.place) || places.values.contains(endpoint.place)
                || places[endpoint.id] != nil
            {
                faults.append(.unusablePlace(endpoint: endpoint.id, place: endpoint.place))
            } else {
                places[endpoint.id] = endpoint.place
            }
        }
        var filters: [Filter?] = []
        var filterBits: [UInt64] = []
        var unfiltered: UInt64 = 0
        for (index, route) in routes.enumerated() {
            let bit = places[route.endpoint].map(Destinations.bit)
            if bit == nil, !endpoints.contains(where: { $0.id == route.endpoint }) {
                faults.append(.unknownEndpoint(route: index, id: route.id, endpoint: route.endpoint))
            }
            guard let text = route.filter else {
                filters.append(nil)
                unfiltered |= bit ?? 0
                continue
            }
            do throws(FilterError) {
                filters.append(try Filter(parsing: text))
                filterBits.append(bit ?? 0)
            } catch {
                faults.append(.filter(route: index, id: route.id, error))
            }
        }
        guard faults.isEmpty else { throw RouteFaults(faults) }
        self.endpoints = endpoints
        self.routes = routes
        self.filters = filters
        self.filterSet = FilterSet(filters: filters.compactMap(\.self))
        self.filterBits = filterBits
        self.unfiltered = unfiltered
        self.typeLimits = TypeLimits(endpoints, serviceName: serviceName)
    }

    /// A table by which nothing leaves.
    public static let empty = RouteTable()

    private init() {
        endpoints = []
        routes = []
        filters = []
        filterSet = FilterSet(filters: [])
        filterBits = []
        unfiltered = 0
        typeLimits = TypeLimits([], serviceName: EventType.defaultServiceName)
    }

    /// The endpoints that the event goes to; none: it is filtered.
    public func destinations(of notification: Notification) -> Destinations {
        var bits = unfiltered
        if !filterBits.isEmpty {
            for index in filterSet.matching(notification) { bits |= filterBits[index] }
        }
        if bits & typeLimits.limited != 0 { bits &= typeLimits.takers(of: notification.type) }
        return Destinations(bits: bits)
    }

    /// Whether the endpoint's `eventTypes` let the type through.
    public func takes(type: String, endpoint: Endpoint) -> Bool {
        typeLimits.takers(of: type) & Destinations.bit(endpoint.place) != 0
    }
}
