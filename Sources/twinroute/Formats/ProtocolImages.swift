import AMQPCodec
import Azure
import HeaderSerialization
import Notifications

/// The images of one event in every protocol, each made by the code that sends it.
enum ProtocolImages {
    /// - Parameter milliseconds: now, since 1970-01-01T00:00:00Z.
    /// - Throws: `SerializationError`, `AMQPDecodingError`.
    static func all(of notification: Notification, milliseconds: Int64) throws -> [ProtocolImage] {
        [
            try amqp(notification),
            try mqtt5(notification, milliseconds: milliseconds),
            try structured(notification, key: "mqtt3", title: "MQTT 3.1.1", bodyName: "payload"),
            httpBinary(notification),
            try httpStructured(notification),
            try eventGrid(notification),
        ]
    }

    private static func amqp(_ notification: Notification) throws -> ProtocolImage {
        var bytes: [UInt8] = []
        try AMQPMessageWriter().append(notification, to: &bytes)
        let message = try AMQPMessage(parsing: bytes[...])
        let event = ReceivedEvent(message)
        func fields(_ map: AMQPMap) -> [ProtocolImage.Field] {
            map.entries.map { ProtocolImage.Field(name: $0.key.displayText, value: $0.value.displayText) }
        }
        return ProtocolImage(
            key: "amqp", title: "AMQP 1.0",
            parts: [
                .init(name: "message-annotations", fields: fields(message.messageAnnotations)),
                .init(
                    name: "properties",
                    fields: event.messageFields.map { .init(name: $0.name, value: $0.value.displayText) }),
                .init(name: "application-properties", fields: fields(message.applicationProperties)),
            ],
            bodyName: "data", body: event.body,
            attributeNames: { name in
                let more = ["id": "message-id", "datacontenttype": "content-type", "subject": "x-opt-partition-key"]
                return ["cloudEvents:\(name)"] + (more[name].map { [$0] } ?? [])
            },
            propertyNames: { ["@\($0)", $0] })
    }

    private static func mqtt5(_ notification: Notification, milliseconds: Int64) throws -> ProtocolImage {
        let publish = try MQTT5Serialization().encode(notification, topic: "events", nowMilliseconds: milliseconds)
        var fields: [ProtocolImage.Field] = []
        if let value = publish.contentType { fields.append(.init(name: "Content Type", value: value)) }
        if let value = publish.responseTopic { fields.append(.init(name: "Response Topic", value: value)) }
        if let value = publish.correlationData {
            fields.append(.init(name: "Correlation Data", value: AMQPValue.binary(value).displayText))
        }
        if let value = publish.expirySeconds { fields.append(.init(name: "Message Expiry Interval", value: "\(value)")) }
        return ProtocolImage(
            key: "mqtt5", title: "MQTT 5",
            parts: [
                .init(name: "properties", fields: fields),
                .init(
                    name: "user properties", fields: publish.userProperties.map { .init(name: $0.name, value: $0.value ?? "") }),
            ],
            bodyName: "payload", body: Array(publish.payload),
            attributeNames: { [$0 == "datacontenttype" ? "Content Type" : $0] }, propertyNames: { ["@\($0)", $0] })
    }

    private static func httpBinary(_ notification: Notification) -> ProtocolImage {
        let content = HTTPSerialization().encodeBinary(notification)
        return ProtocolImage(
            key: "http-binary", title: "HTTP, binary", parts: [header(content)], bodyName: "body", body: Array(content.body),
            attributeNames: { [$0 == "datacontenttype" ? "content-type" : "ce-\($0)"] },
            propertyNames: { ["iothub-app-\($0)"] })
    }

    private static func httpStructured(_ notification: Notification) throws -> ProtocolImage {
        let content = try HTTPSerialization().encodeStructured(notification)
        var image = try structured(notification, key: "http-structured", title: "HTTP, structured", bodyName: "body")
        image.parts = [header(content)]
        image.body = Array(content.body)
        image.repeats = "MQTT 3.1.1"
        return image
    }

    private static func header(_ content: HTTPContent) -> ProtocolImage.Part {
        ProtocolImage.Part(name: "header", fields: content.fields.map { .init(name: $0.name, value: $0.value) })
    }

    private static func structured(
        _ notification: Notification, key: String, title: String, bodyName: String
    ) throws -> ProtocolImage {
        let publish = try MQTT3Serialization().encode(notification, topic: "events")
        let body = Array(publish.payload)
        return ProtocolImage(
            key: key, title: title, parts: [], bodyName: bodyName, body: body, members: JSONMembers.paths(of: body),
            attributeNames: { [$0] }, propertyNames: { _ in ["propertybag"] })
    }

    private static func eventGrid(_ notification: Notification) throws -> ProtocolImage {
        var body: [UInt8] = []
        try EventGridSerialization().encode(notification, into: &body)
        return ProtocolImage(
            key: "event-grid", title: "Event Grid", parts: [], bodyName: "event", body: body,
            members: JSONMembers.paths(of: body),
            attributeNames: { name in
                let own = ["type": "eventType", "time": "eventTime", "datacontenttype": "data.contenttype"]
                return [own[name] ?? name, "data.\(name)"]
            },
            propertyNames: { ["data.properties.\($0)", "data.systemProperties.\($0)"] })
    }
}
