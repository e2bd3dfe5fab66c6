import Notifications

/// Notifications over MQTT 5, in binary mode (reference 7.3); structured events are read too.
///
/// | of the notification | in the PUBLISH | rule |
/// |---|---|---|
/// | `specversion` `id` `source` `type` `subject` `time` `dataschema` `traceparent`, `sequence`, `sequencetype`, extension attributes | user property with the attribute's name | canonical string |
/// | `datacontenttype` | Content Type | also read as a user property; the Content Type goes before it |
/// | properties | user property under the own name; a name that an attribute could have gets `@` before it, as IoT Hub's MQTT 5 interface marks its own | no value and an empty one are the same |
/// | properties of ``SystemAnnotation`` | user property under the own name | come back with `@` before the name |
/// | `messageFields.correlationID` | Correlation Data | bytes |
/// | `messageFields.replyTo` | Response Topic | no wildcards |
/// | `messageFields.expiresAtMilliseconds` | Message Expiry Interval | whole seconds from now, rounded up; 0 once it is over |
/// | `messageFields.messageID` `.contentEncoding` | user properties `message-id` `content-encoding` (reference 6.3) | text |
/// | `messageFields.userID` | user property `user-id` | percent-encoded |
/// | body | payload | as it is |
///
/// Every text is at most 65,535 bytes of UTF-8 without U+0000 (MQTT 5, section 1.5.4). When read,
/// a user property given twice is refused, and so is one that is an attribute's name but for its
/// capitals; any other name that no attribute can have is a property.
public struct MQTT5Serialization: Sendable {
    /// How an event stands in a PUBLISH.
    public enum Mode: Sendable, Hashable {
        /// Content Type `application/cloudevents…`.
        case structured
        /// A user property `specversion`.
        case binary
        /// No CloudEvent: the payload is a device's own.
        case raw
    }

    static let maximumTextBytes = 65_535
    private static let messageID = "message-id"
    private static let userID = "user-id"
    private static let contentEncoding = "content-encoding"
    private static let attributeNames: Set<String> = [
        "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "sequence",
        "sequencetype", "traceparent",
    ]

    public init() {}

    public func mode(of publish: MQTTPublish) -> Mode {
        if let type = publish.contentType, AttributeRules.isCloudEvents(mediaType: type) { return .structured }
        return publish.userProperties.contains { $0.name == "specversion" } ? .binary : .raw
    }

    /// Whether a user property of that name, without its marks, is no free property.
    private static func isReserved(_ name: Substring.UTF8View) -> Bool {
        if name.allSatisfy(AttributeRules.isNameByte) { return true }
        let text = Substring(name)
        return text == messageID || text == userID || text == contentEncoding
            || attributeNames.contains(text.lowercased())
    }

    // MARK: Writing

    /// Throws where MQTT cannot carry a text.
    public func encode(
        _ notification: Notification, topic: String, nowMilliseconds: Int64
    ) throws(SerializationError) -> MQTTPublish {
        var publish = MQTTPublish(topic: topic, payload: notification.body)
        publish.contentType = notification.dataContentType
        notification.forEachAttribute { name, value in
            publish.userProperties.append(Property(name: name, value: value.text))
        }
        for property in notification.properties {
            let name = PropertyName.marked(property.name, where: Self.isReserved)
            publish.userProperties.append(Property(name: name, value: property.value ?? ""))
        }
        if let fields = notification.messageFields { encode(fields, nowMilliseconds, into: &publish) }
        try check(publish)
        return publish
    }

    private func encode(_ fields: MessageFields, _ now: Int64, into publish: inout MQTTPublish) {
        publish.correlationData = fields.correlationID
        publish.responseTopic = fields.replyTo
        if let expiry = fields.expiresAtMilliseconds {
            let (left, overflow) = expiry.subtractingReportingOverflow(now)
            publish.expirySeconds = overflow ? (expiry > now ? .max : 0) : UInt32(clamping: left / 1000 + (left % 1000 > 0 ? 1 : 0))
        }
        if let value = fields.messageID { publish.userProperties.append(Property(name: Self.messageID, value: value)) }
        if let value = fields.contentEncoding {
            publish.userProperties.append(Property(name: Self.contentEncoding, value: value))
        }
        if let value = fields.userID {
            var output: [UInt8] = []
            PercentEncoding.encode(value, into: &output, keeping: PercentEncoding.isUnreserved)
            publish.userProperties.append(
                Property(name: Self.userID, value: String(decoding: output, as: UTF8.self)))
        }
    }

    private func check(_ publish: MQTTPublish) throws(SerializationError) {
        for property in publish.userProperties {
            try check(property.name, of: "user property name")
            if let value = property.value { try check(value, of: property.name) }
        }
        if let type = publish.contentType { try check(type, of: "datacontenttype") }
        if let topic = publish.responseTopic {
            try check(topic, of: "response topic")
            if topic.isEmpty || topic.utf8.contains(UInt8(ascii: "#")) || topic.utf8.contains(UInt8(ascii: "+")) {
                throw SerializationError("response topic", .notA("a topic without wildcards"), value: topic)
            }
        }
    }

    private func check(_ text: String, of attribute: String) throws(SerializationError) {
        guard text.utf8.count <= Self.maximumTextBytes else {
            throw SerializationError(attribute, .tooLong(bytes: text.utf8.count, limit: Self.maximumTextBytes))
        }
        if text.utf8.contains(0) { throw SerializationError(attribute, .controlCharacter) }
    }

    // MARK: Reading

    /// Reads a PUBLISH in binary or structured mode. See ``mode(of:)`` for one that is neither, and
    /// ``properties(of:nowMilliseconds:)`` for what comes beside its payload.
    public func decode(
        _ publish: MQTTPublish, nowMilliseconds: Int64, defaults: AttributeDefaults = .none
    ) throws(SerializationError) -> Notification {
        guard mode(of: publish) == .binary else { return try decodeStructured(publish, defaults) }
        var collector = AttributeCollector()
        var properties: [Property] = []
        var fields = messageFields(of: publish, nowMilliseconds)
        for property in publish.userProperties {
            let value = property.value ?? ""
            let name = property.name
            if try setField(name, value, in: &fields) { continue }
            if name.utf8.allSatisfy(AttributeRules.isNameByte) {
                try collector.set(name, value)
            } else if Self.attributeNames.contains(name.lowercased()) {
                throw SerializationError("attribute '\(name)'", .invalidName)
            } else {
                try append(PropertyName.unmarked(name, where: Self.isReserved), value, to: &properties)
            }
        }
        if let type = publish.contentType { try collector.overrideDataContentType(type) }
        collector.fill(defaults)
        return try collector.notification(properties: properties, messageFields: fields, body: publish.payload)
    }

    private func decodeStructured(
        _ publish: MQTTPublish, _ defaults: AttributeDefaults
    ) throws(SerializationError) -> Notification {
        let type = publish.contentType ?? MediaType.cloudEventsJSON
        switch MediaType.essence(type) {
        case MediaType.cloudEventsJSON: return try JSONEventFormat().decode(publish.payload, defaults: defaults)
        case MediaType.cloudEventsProtobuf: return try ProtobufEventFormat().decode(publish.payload)
        default: throw SerializationError("Content Type", .unsupportedMode, value: type)
        }
    }

    /// User properties and fields of a message that is no CloudEvent, all names the device's own.
    public func properties(
        of publish: MQTTPublish, nowMilliseconds: Int64
    ) throws(SerializationError) -> (properties: [Property], messageFields: MessageFields?) {
        var properties: [Property] = []
        var fields = messageFields(of: publish, nowMilliseconds)
        for property in publish.userProperties {
            if try setField(property.name, property.value ?? "", in: &fields) { continue }
            try append(property.name, property.value ?? "", to: &properties)
        }
        return (properties, fields.isEmpty ? nil : fields)
    }

    private func append(_ name: String, _ value: String, to properties: inout [Property]) throws(SerializationError) {
        let name = PropertyName.ofPublisher(name)
        guard !properties.contains(where: { $0.name == name }) else {
            throw SerializationError("user property '\(name)'", .givenTwice)
        }
        guard properties.count < PropertyBag.maximumCount else {
            throw SerializationError("user properties", .tooMany(limit: PropertyBag.maximumCount))
        }
        properties.append(Property(name: name, value: value))
    }

    private func messageFields(of publish: MQTTPublish, _ now: Int64) -> MessageFields {
        MessageFields(
            correlationID: publish.correlationData, replyTo: publish.responseTopic,
            expiresAtMilliseconds: publish.expirySeconds.map { now + Int64($0) * 1000 })
    }

    /// False for a name that is none of the message's fields.
    private func setField(
        _ name: String, _ value: String, in fields: inout MessageFields
    ) throws(SerializationError) -> Bool {
        switch name {
        case Self.messageID:
            guard fields.messageID == nil else { throw SerializationError(name, .givenTwice) }
            fields.messageID = value
        case Self.contentEncoding:
            guard fields.contentEncoding == nil else { throw SerializationError(name, .givenTwice) }
            fields.contentEncoding = value
        case Self.userID:
            guard fields.userID == nil else { throw SerializationError(name, .givenTwice) }
            guard let bytes = PercentEncoding.decode(value.utf8) else {
                throw SerializationError(name, .brokenPercentEncoding, value: value)
            }
            fields.userID = bytes
        default: return false
        }
        return true
    }
}
