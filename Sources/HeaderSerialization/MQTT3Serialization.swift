import Notifications

/// Notifications over MQTT 3.1.1, whose packets have room for a topic and a payload only.
///
/// | of the notification | in the PUBLISH | rule |
/// |---|---|---|
/// | everything | payload | structured mode: see ``JSONEventFormat`` |
///
/// Nothing on the wire says that a payload is a CloudEvent: the subscription's `type:` does.
public struct MQTT3Serialization: Sendable {
    private let format = JSONEventFormat()

    public init() {}

    /// Throws where the body is not what its content type says.
    public func encode(_ notification: Notification, topic: String) throws(SerializationError) -> MQTTPublish {
        var payload: [UInt8] = []
        try format.encode(notification, into: &payload)
        return MQTTPublish(topic: topic, payload: payload[...])
    }

    public func decode(
        _ publish: MQTTPublish, defaults: AttributeDefaults = .none
    ) throws(SerializationError) -> Notification {
        try format.decode(publish.payload, defaults: defaults)
    }
}
