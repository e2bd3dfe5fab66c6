import MQTT
import Notifications
import Routing

/// Turns a device's message into a telemetry notification.
///
/// | attribute | from |
/// |---|---|
/// | `id` | made here |
/// | `source` | the configuration's `source` |
/// | `type` | `microsoft.iot.telemetry` |
/// | `subject` | the template's `{subject}`; without one, the whole topic |
/// | `time` | when the batch was read |
/// | `datacontenttype` | MQTT 5 content type; else JSON where the payload looks like it |
/// | properties | MQTT 5 user properties |
struct TelemetryMapper {
    let source: String
    let maximumPayloadBytes: Int
    private var ids: NotificationIDGenerator

    init(source: String, maximumPayloadBytes: Int, ids: NotificationIDGenerator = NotificationIDGenerator()) {
        self.source = source
        self.maximumPayloadBytes = maximumPayloadBytes
        self.ids = ids
    }

    /// - Parameters:
    ///   - time: RFC 3339.
    ///   - nowMilliseconds: since 1970-01-01T00:00:00Z; MQTT's expiry interval counts from it.
    mutating func notification(
        from message: Message,
        in batch: MessageBatch,
        captures: TopicCaptures,
        time: String,
        nowMilliseconds: Int64
    ) throws(RefusalReason) -> Notification {
        guard message.payload.count <= maximumPayloadBytes else {
            throw .payloadTooLarge(bytes: message.payload.count, limit: maximumPayloadBytes)
        }
        let subject = captures["subject"] ?? message.topic
        guard !subject.isEmpty else { throw .emptySubject }
        let body = message.payload(in: batch)
        var notification = Notification(
            id: ids.next(),
            source: source,
            type: EventType.telemetryName,
            subject: subject,
            time: time,
            dataContentType: message.properties?.contentType ?? Self.contentType(of: body),
            body: body)
        if let properties = message.properties {
            notification.properties = properties.userProperties.map { Property(name: $0.name, value: $0.value) }
            let fields = MessageFields(
                correlationID: properties.correlationData,
                replyTo: properties.responseTopic,
                expiresAtMilliseconds: properties.messageExpiryInterval.map { nowMilliseconds + Int64($0) * 1000 })
            notification.messageFields = fields.isEmpty ? nil : fields
        }
        return notification
    }

    /// A device that names no content type is believed by the first byte: the seeds' telemetry is
    /// JSON, and a full parse of every payload would cost more than the rest of the way.
    private static func contentType(of body: ArraySlice<UInt8>) -> String? {
        guard let first = body.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) else {
            return nil
        }
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            return "application/json"
        default:
            return "application/octet-stream"
        }
    }
}
