import HeaderSerialization
import MQTT
import Notifications
import Routing

/// Turns messages into events by the subscription whose template matches their topic.
struct EventMapper {
    let subscriptions: [IngestSubscription]
    let settings: IngestSettings
    private var identifiers: IdentifierGenerator

    init(
        subscriptions: [IngestSubscription],
        settings: IngestSettings,
        identifiers: IdentifierGenerator = IdentifierGenerator()
    ) {
        self.subscriptions = subscriptions
        self.settings = settings
        self.identifiers = identifiers
    }

    mutating func event(
        from message: Message, in batch: MessageBatch, at now: WallTime, time: String
    ) throws(RefusalReason) -> MappedEvent {
        try event(from: MQTTPublish(message, in: batch), milliseconds: now.milliseconds, time: time)
    }

    mutating func event(
        from publish: MQTTPublish, milliseconds: Int64, time: String
    ) throws(RefusalReason) -> MappedEvent {
        guard publish.payload.count <= settings.maximumPayloadBytes else {
            throw .payloadTooLarge(bytes: publish.payload.count, limit: settings.maximumPayloadBytes)
        }
        for subscription in subscriptions {
            guard let captures = subscription.topic.captures(of: publish.topic) else { continue }
            let arrival = Arrival(publish: publish, captures: captures, milliseconds: milliseconds, time: time)
            return switch subscription.kind {
            case .event(.telemetry):
                try TelemetryMapping(settings: settings, addsAnnotations: subscription.annotatesTelemetry)
                    .event(from: arrival, identifiers: &identifiers)
            case .event(let type):
                try TwinEventMapping(type: type, settings: settings).event(from: arrival, identifiers: &identifiers)
            case .cloudEvent:
                try CloudEventMapping(settings: settings).event(from: arrival, identifiers: &identifiers)
            }
        }
        throw .noTemplateMatches
    }
}

extension MQTTPublish {
    /// The payload stays a slice of the batch's arena.
    init(_ message: Message, in batch: MessageBatch) {
        self.init(topic: message.topic, payload: message.payload(in: batch))
        guard let properties = message.properties else { return }
        contentType = properties.contentType
        userProperties = properties.userProperties.map { Property(name: $0.name, value: $0.value) }
        correlationData = properties.correlationData
        responseTopic = properties.responseTopic
        expirySeconds = properties.messageExpiryInterval
    }
}
