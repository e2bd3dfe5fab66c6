import AMQPCodec
import Notifications

extension AMQPSerialization {
    /// Reads a message that carries a CloudEvent, in binary or structured mode.
    public func decode(_ message: AMQPMessage) throws(SerializationError) -> Notification {
        let body = try self.body(of: message)
        if let contentType = message.properties.contentType, AttributeRules.isCloudEvents(mediaType: contentType) {
            return try decodeStructured(message, body, contentType)
        }
        var collector = AttributeCollector()
        var properties = annotationProperties(of: message)
        for entry in message.applicationProperties.entries {
            guard let name = entry.key.text else {
                throw SerializationError("application property", .notA("named by a string"))
            }
            if let attribute = attributeName(name) {
                if let value = try attributeValue(entry.value, of: attribute) { try collector.set(attribute, value) }
            } else {
                try append(PropertyName.unmarked(name, where: isReserved), entry.value, to: &properties)
            }
        }
        if let contentType = message.properties.contentType { try collector.overrideDataContentType(contentType) }
        var notification = try collector.notification(properties: properties, body: body)
        let fields = try messageFields(of: message, id: notification.id)
        if !fields.isEmpty { notification.messageFields = fields }
        return notification
    }

    /// The event stands in the body. Attributes among the application properties are copies; what
    /// else is there goes along unless the event has a property of that name.
    private func decodeStructured(
        _ message: AMQPMessage, _ body: ArraySlice<UInt8>, _ contentType: String
    ) throws(SerializationError) -> Notification {
        var notification =
            switch MediaType.essence(contentType) {
            case MediaType.cloudEventsJSON: try JSONEventFormat().decode(body)
            case MediaType.cloudEventsProtobuf: try ProtobufEventFormat().decode(body)
            default: throw SerializationError("content-type", .unsupportedMode, value: contentType)
            }
        var properties = annotationProperties(of: message)
        for entry in message.applicationProperties.entries {
            guard let name = entry.key.text, attributeName(name) == nil else { continue }
            try append(PropertyName.unmarked(name, where: isReserved), entry.value, to: &properties)
        }
        for property in properties where !notification.properties.contains(where: { $0.name == property.name }) {
            notification.properties.append(property)
        }
        if notification.messageFields == nil {
            let fields = try messageFields(of: message, id: notification.id)
            if !fields.isEmpty { notification.messageFields = fields }
        }
        return notification
    }

    private func body(of message: AMQPMessage) throws(SerializationError) -> ArraySlice<UInt8> {
        switch message.body {
        case .data(let slices):
            return slices.count == 1 ? slices[0] : Array(slices.joined())[...]
        case .value(.binary(let bytes)): return bytes[...]
        case .value(.string(let text)): return Array(text.utf8)[...]
        case .value(.null): return []
        case .value(let value):
            throw SerializationError("body", .invalidAMQP("an amqp-value of type \(value.type); a data section is needed"))
        case .sequence:
            throw SerializationError("body", .invalidAMQP("an amqp-sequence; a data section is needed"))
        }
    }

    /// The attribute's name without its prefix; nil for a property.
    private func attributeName(_ name: String) -> String? {
        prefixLength(of: name.utf8[...]).flatMap { String(name.utf8.dropFirst($0)) }
    }

    /// The native types of the binding and their canonical strings mean the same. Null is absent.
    private func attributeValue(_ value: AMQPValue, of name: String) throws(SerializationError) -> AttributeValue? {
        switch value {
        case .null: return nil
        case .string(let text), .symbol(let text): return .string(text)
        case .boolean(let value): return .boolean(value)
        case .binary(let bytes): return .binary(bytes)
        case .timestamp(let milliseconds): return .timestamp(RFC3339.text(milliseconds: milliseconds))
        case .uuid(let uuid): return .string(uuid.description)
        case .ulong(let number): return .string(String(number))
        default:
            guard let number = value.integer else {
                throw SerializationError(name, .invalidAMQP("type \(value.type) is no attribute's"))
            }
            return Int32(exactly: number).map { .integer($0) } ?? .string(String(number))
        }
    }

    private func annotationProperties(of message: AMQPMessage) -> [Property] {
        message.messageAnnotations.entries.compactMap { entry in
            guard let name = entry.key.text, SystemAnnotation.isReserved(name) else { return nil }
            return Property(name: name, value: text(of: entry.value))
        }
    }

    private func append(
        _ name: String, _ value: AMQPValue, to properties: inout [Property]
    ) throws(SerializationError) {
        let name = PropertyName.ofPublisher(name)
        guard !properties.contains(where: { $0.name == name }) else {
            throw SerializationError("property '\(name)'", .givenTwice)
        }
        guard properties.count < PropertyBag.maximumCount else {
            throw SerializationError("properties", .tooMany(limit: PropertyBag.maximumCount))
        }
        guard value == .null || text(of: value) != nil else {
            throw SerializationError("property '\(name)'", .invalidAMQP("type \(value.type) is not a simple one"))
        }
        properties.append(Property(name: name, value: text(of: value)))
    }

    /// Simple values as text; nil for null and for lists, maps and the like.
    private func text(of value: AMQPValue) -> String? {
        switch value {
        case .string(let text), .symbol(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .float(let value): String(value)
        case .double(let value): String(value)
        case .char(let scalar): String(Character(scalar))
        case .uuid(let uuid): uuid.description
        case .binary(let bytes): Base64.encode(bytes[...])
        case .ulong(let number): String(number)
        default: value.integer.map { String($0) }
        }
    }

    private func messageFields(of message: AMQPMessage, id: String) throws(SerializationError) -> MessageFields {
        let properties = message.properties
        var fields = MessageFields()
        if let messageID = properties.messageID.flatMap({ text(of: $0) }), messageID != id {
            fields.messageID = messageID
        }
        fields.userID = properties.userID
        fields.replyTo = properties.replyTo
        fields.contentEncoding = properties.contentEncoding
        fields.expiresAtMilliseconds = properties.absoluteExpiryTime
        switch properties.correlationID {
        case .binary(let bytes): fields.correlationID = bytes
        case .some(let value): fields.correlationID = text(of: value).map { Array($0.utf8) }
        case nil: break
        }
        return fields
    }
}
