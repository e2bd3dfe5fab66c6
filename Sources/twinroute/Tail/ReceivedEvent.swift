import AMQPCodec

/// A message as `tail` shows it: header attributes apart from the publisher's properties.
struct ReceivedEvent {
    struct Field {
        var name: String
        var value: AMQPValue
    }

    var attributes: [Field] = []
    var properties: [Field] = []
    var annotations: [Field] = []
    /// Properties of the message itself: message-id, content-type and so on; those that are set.
    var messageFields: [Field] = []
    var body: [UInt8]

    /// The CloudEvents AMQP binding allows both (reference 7.2).
    private static let attributePrefixes = ["cloudEvents:", "cloudEvents_"]

    init(_ message: AMQPMessage) {
        for entry in message.applicationProperties.entries {
            let name = entry.key.text ?? "\(entry.key)"
            if let prefix = Self.attributePrefixes.first(where: { name.hasPrefix($0) }) {
                attributes.append(Field(name: String(name.dropFirst(prefix.count)), value: entry.value))
            } else {
                properties.append(Field(name: name, value: entry.value))
            }
        }
        annotations = message.messageAnnotations.entries.map {
            Field(name: $0.key.text ?? "\($0.key)", value: $0.value)
        }
        let fields: [(String, AMQPValue?)] = [
            ("message-id", message.properties.messageID),
            ("user-id", message.properties.userID.map { .binary($0) }),
            ("to", message.properties.to.map { .string($0) }),
            ("subject", message.properties.subject.map { .string($0) }),
            ("reply-to", message.properties.replyTo.map { .string($0) }),
            ("correlation-id", message.properties.correlationID),
            ("content-type", message.properties.contentType.map { .string($0) }),
            ("content-encoding", message.properties.contentEncoding.map { .string($0) }),
            ("absolute-expiry-time", message.properties.absoluteExpiryTime.map { .timestamp($0) }),
            ("creation-time", message.properties.creationTime.map { .timestamp($0) }),
            ("group-id", message.properties.groupID.map { .string($0) }),
        ]
        messageFields = fields.compactMap { name, value in value.map { Field(name: name, value: $0) } }
        switch message.body {
        case .data(let sections): body = sections.flatMap { $0 }
        case .value(let value): body = Array(value.displayText.utf8)
        case .sequence(let lists): body = Array(lists.map { AMQPValue.list($0).displayText }.joined(separator: "\n").utf8)
        }
    }

    /// All fields, under the names that people see.
    var sections: [(name: String, fields: [Field])] {
        [("attributes", attributes), ("properties", properties), ("annotations", annotations), ("message", messageFields)]
    }

    func attribute(_ name: String) -> String? {
        attributes.first { $0.name == name }?.value.displayText
    }

    var contentType: String? {
        messageFields.first { $0.name == "content-type" }?.value.displayText
    }
}
