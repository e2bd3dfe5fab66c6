import HeaderSerialization
import Notifications
import Routing

/// Makes the event that the bridge would make of one message, with the mapping that the bridge uses
/// and without a journal: it is not numbered.
public struct EventPreview: Sendable {
    private let settings: IngestSettings
    private var mapper: EventMapper

    public init(subscriptions: [IngestSubscription], settings: IngestSettings) {
        self.settings = settings
        mapper = EventMapper(subscriptions: subscriptions, settings: settings)
    }

    /// - Parameter time: when the message comes, in RFC 3339; `nil` is now.
    public mutating func event(from publish: MQTTPublish, at time: String? = nil) throws(RefusalReason) -> Notification {
        let arrival = Self.arrival(time)
        return try mapper.event(from: publish, milliseconds: arrival.milliseconds, time: arrival.time).notification
    }

    /// The event of a complete CloudEvent in JSON, as it would come on a topic for such.
    public func event(fromJSON text: [UInt8], at time: String? = nil) throws(RefusalReason) -> Notification {
        let arrival = Self.arrival(time)
        let publish = MQTTPublish(topic: "", payload: text[...], contentType: "application/cloudevents+json")
        guard text.count <= settings.maximumPayloadBytes else {
            throw .payloadTooLarge(bytes: text.count, limit: settings.maximumPayloadBytes)
        }
        var identifiers = IdentifierGenerator()
        return try CloudEventMapping(settings: settings).event(
            from: Arrival(
                publish: publish, captures: TopicCaptures(), milliseconds: arrival.milliseconds, time: arrival.time),
            identifiers: &identifiers
        ).notification
    }

    private static func arrival(_ time: String?) -> (milliseconds: Int64, time: String) {
        if let time, let milliseconds = RFC3339.milliseconds(time) { return (milliseconds, time) }
        let now = WallTime.now()
        var formatter = EventTimeFormatter()
        return (now.milliseconds, formatter.format(ticks: now.ticks))
    }
}
