import Notifications
import Routing

extension BridgeConfiguration {
    /// The routes, compiled.
    ///
    /// - Parameter places: the bit of each endpoint in ``Destinations``; `nil` takes the order of
    ///   ``endpoints``.
    /// - Throws: ``RouteFaults``. A loaded configuration has none but for more endpoints than a
    ///   table has places.
    public func routeTable(places: [EndpointID: Int]? = nil) throws(RouteFaults) -> RouteTable {
        try RouteTable(
            endpoints: endpoints.enumerated().map { index, endpoint in
                RouteTable.Endpoint(
                    id: endpoint.id, place: places.map { $0[endpoint.id] ?? RouteTable.maximumEndpoints } ?? index,
                    eventTypes: endpoint.eventTypes)
            },
            routes: routes,
            serviceName: serviceName)
    }
}
