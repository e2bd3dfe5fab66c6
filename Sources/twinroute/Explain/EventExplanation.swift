import Azure
import Notifications
import Routing
import Settings

/// What the bridge would make of one event.
struct EventExplanation {
    /// Where it came in: broker and template; `nil` for a CloudEvent that was given whole.
    var origin: String?
    /// As it was routed: without the number that the journal gives.
    var notification: Notification
    var routes: [RouteExplanation]
    /// One for each endpoint that gets it, in the order of the configuration.
    var images: [MessageImage]

    /// - Parameter sequence: the number that the journal would give.
    init(
        _ notification: Notification, origin: String?, sequence: SequenceNumber, configuration: BridgeConfiguration
    ) throws {
        let table = try configuration.routeTable()
        self.origin = origin
        self.notification = notification
        routes = table.explain(notification)
        let destinations = table.destinations(of: notification)
        var numbered = notification
        numbered.sequence = sequence
        images = try zip(configuration.endpoints, table.endpoints)
            .filter { destinations.contains(place: $1.place) }
            .map { try MessageImage(of: numbered, for: $0.0) }
    }
}
