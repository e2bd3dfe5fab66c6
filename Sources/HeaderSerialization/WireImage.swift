import AMQPCodec
import Notifications

/// What a notification looks like on a protocol, for people: the message is encoded as it would be
/// sent, and what stands in it is written out line by line.
public enum WireImage: String, Sendable, CaseIterable {
    case amqp = "AMQP 1.0"
    case mqtt5 = "MQTT 5"
    case mqtt3 = "MQTT 3.1.1"
    case http = "HTTP"
    case eventGrid = "Event Grid schema"

    /// Bytes of a body that are shown.
    static let shownBodyBytes = 1_024

    /// One line a field: the part of the message, the name and the value.
    /// - Parameters:
    ///   - partitionKey: as in ``AMQPSerialization/encode(_:partitionKey:sessionID:nowMilliseconds:into:)``.
    ///   - topic: where an MQTT message would go.
    ///   - nowMilliseconds: since 1970-01-01T00:00:00Z, for fields that count from now.
    public func lines(
        of notification: Notification, partitionKey: String? = nil, topic: String = "events", nowMilliseconds: Int64 = 0
    ) throws(SerializationError) -> [String] {
        switch self {
        case .amqp: try amqpLines(notification, partitionKey)
        case .mqtt5:
            Self.lines(of: try MQTT5Serialization().encode(notification, topic: topic, nowMilliseconds: nowMilliseconds))
        case .mqtt3: Self.lines(of: try MQTT3Serialization().encode(notification, topic: topic))
        case .http: Self.httpLines(notification)
        case .eventGrid: try eventGridLines(notification)
        }
    }

    private func amqpLines(
        _ notification: Notification, _ partitionKey: String?
    ) throws(SerializationError) -> [String] {
        var bytes: [UInt8] = []
        AMQPSerialization().encode(notification, partitionKey: partitionKey, into: &bytes)
        let message: AMQPMessage
        do throws(AMQPDecodingError) {
            message = try AMQPMessage(parsing: bytes)
        } catch {
            throw SerializationError("message", .invalidAMQP(error.description))
        }
        var lines = message.header.map { ["header: durable = \($0.durable)"] } ?? []
        lines += message.messageAnnotations.entries.map {
            "message annotation: \($0.key.text ?? "") = \(Self.text($0.value))"
        }
        lines += Self.fields(of: message.properties).map { "property: \($0.name) = \($0.value)" }
        lines += message.applicationProperties.entries.map {
            "application property: \($0.key.text ?? "") = \(Self.text($0.value))"
        }
        lines.append("data: \(Self.text(notification.body))")
        return lines
    }

    private static func fields(of properties: AMQPProperties) -> [(name: String, value: String)] {
        let fields: [(String, AMQPValue?)] = [
            ("message-id", properties.messageID), ("user-id", properties.userID.map { .binary($0) }),
            ("reply-to", properties.replyTo.map { .string($0) }), ("correlation-id", properties.correlationID),
            ("content-type", properties.contentType.map { .symbol($0) }),
            ("content-encoding", properties.contentEncoding.map { .symbol($0) }),
            ("absolute-expiry-time", properties.absoluteExpiryTime.map { .timestamp($0) }),
        ]
        return fields.compactMap { name, value in value.map { (name, text($0)) } }
    }

    private static func lines(of publish: MQTTPublish) -> [String] {
        var lines = ["topic: \(publish.topic)"]
        if let type = publish.contentType { lines.append("content type: \(type)") }
        lines += publish.userProperties.map { "user property: \($0.name) = \($0.value ?? "")" }
        if let topic = publish.responseTopic { lines.append("response topic: \(topic)") }
        if let data = publish.correlationData { lines.append("correlation data: \(text(data[...]))") }
        if let seconds = publish.expirySeconds { lines.append("message expiry interval: \(seconds) s") }
        lines.append("payload: \(text(publish.payload))")
        return lines
    }

    private static func httpLines(_ notification: Notification) -> [String] {
        let content = HTTPSerialization().encodeBinary(notification)
        return content.fields.map { "header: \($0.name): \($0.value)" } + ["body: \(text(content.body))"]
    }

    private func eventGridLines(_ notification: Notification) throws(SerializationError) -> [String] {
        var output: [UInt8] = []
        try EventGridSerialization().encode(notification, into: &output)
        return ["body: [\(Self.text(output[...]))]"]
    }

    private static func text(_ value: AMQPValue) -> String {
        switch value {
        case .string(let text), .symbol(let text): text
        case .null: "null"
        case .boolean(let value): String(value)
        case .timestamp(let time): RFC3339.text(milliseconds: time)
        case .binary(let bytes): text(bytes[...])
        default: value.integer.map { String($0) } ?? "\(value)"
        }
    }

    /// The text of bytes that are some, else their hexadecimal digits.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let shown = bytes.prefix(shownBodyBytes)
        let rest = bytes.count > shown.count ? " … \(bytes.count - shown.count) bytes more" : ""
        // A cut may go through a character: then that one shows as unknown.
        if String(validating: bytes, as: UTF8.self) != nil { return String(decoding: shown, as: UTF8.self) + rest }
        let digits = shown.map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }
        return "0x" + digits.joined() + rest
    }
}
