import Filters
import Notifications

/// What one route says of one event, and why.
public struct RouteExplanation: Sendable {
    public var route: RouteDefinition
    /// `nil` for a route without a filter, which takes everything.
    public var filter: FilterExplanation?
    /// The endpoint's `eventTypes` have the event's type, or it has none.
    public var takesType: Bool

    public var matches: Bool { filter?.matches ?? true }
    /// The event goes to the endpoint by this route.
    public var delivers: Bool { matches && takesType }
}

extension RouteTable {
    /// Every route's verdict, in the order of ``routes``.
    public func explain(_ notification: Notification) -> [RouteExplanation] {
        zip(routes, filters).map { route, filter in
            RouteExplanation(
                route: route,
                filter: filter?.explain(notification),
                takesType: endpoints.contains { $0.id == route.endpoint && takes(type: notification.type, endpoint: $0) })
        }
    }
}
