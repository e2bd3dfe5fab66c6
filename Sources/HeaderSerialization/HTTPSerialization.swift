import Notifications

/// Header fields and body of an HTTP request or answer, apart from any HTTP library.
public struct HTTPContent: Sendable, Hashable {
    public struct Field: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var fields: [Field]
    public var body: ArraySlice<UInt8>

    public init(fields: [Field] = [], body: ArraySlice<UInt8> = []) {
        self.fields = fields
        self.body = body
    }

    /// The value of the first field of that name, in whatever case.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name.lowercased() == name }?.value
    }
}

/// Notifications over HTTP: the three modes of the CloudEvents HTTP binding (reference 7.4).
///
/// Binary mode:
///
/// | of the notification | header field | rule |
/// |---|---|---|
/// | `specversion` `id` `source` `type` `subject` `time` `dataschema` `traceparent`, `sequence`, `sequencetype` and extension attributes | `ce-NAME` | canonical string, percent-encoded: space, `"`, `%` and everything outside U+0021 to U+007E |
/// | `datacontenttype` | `content-type` | as it is |
/// | properties | `iothub-app-NAME`, as IoT Hub's own HTTP interface has them | in the name all but lower-case letters, digits and `-._` percent-encoded, for header names have no case; value like an attribute's; no value and an empty one are the same |
/// | properties of ``SystemAnnotation`` | `iothub-app-NAME` | come back with `@` before the name, for anyone can send a header |
/// | `messageFields.messageID` `.correlationID` `.userID` `.contentEncoding` `.replyTo` `.expiresAtMilliseconds` | `iothub-messageid` `iothub-correlationid` `iothub-userid` `iothub-contentencoding` `iothub-replyto` `iothub-expiry` | percent-encoded like an attribute; expiry in RFC 3339 with milliseconds |
/// | body | body | as it is |
///
/// Structured mode: ``JSONEventFormat``, content type `application/cloudevents+json`. Batch: a JSON
/// array, `application/cloudevents-batch+json`.
///
/// When read: names in any case; a value in quotation marks is unquoted first, then decoded once;
/// broken percent-encoding, bytes that are no UTF-8 and a field given twice are refused.
public struct HTTPSerialization: Sendable {
    static let attributePrefix = "ce-"
    static let propertyPrefix = "iothub-app-"
    private let format = JSONEventFormat()

    public init() {}

    // MARK: Writing

    public func encodeBinary(_ notification: Notification) -> HTTPContent {
        var fields: [HTTPContent.Field] = []
        func add(_ name: String, _ value: String) {
            fields.append(HTTPContent.Field(name: name, value: Self.encode(value)))
        }
        notification.forEachAttribute { name, value in add(Self.attributePrefix + name, value.text) }
        if let type = notification.dataContentType {
            fields.append(HTTPContent.Field(name: "content-type", value: type))
        }
        for property in notification.properties {
            let name = PercentEncoding.encode(property.name, keeping: Self.isKeptInName)
            add(Self.propertyPrefix + name, property.value ?? "")
        }
        if let message = notification.messageFields {
            if let value = message.messageID { add("iothub-messageid", value) }
            if let value = message.correlationID { fields.append(Self.field("iothub-correlationid", value)) }
            if let value = message.userID { fields.append(Self.field("iothub-userid", value)) }
            if let value = message.contentEncoding { add("iothub-contentencoding", value) }
            if let value = message.replyTo { add("iothub-replyto", value) }
            if let value = message.expiresAtMilliseconds { add("iothub-expiry", RFC3339.text(milliseconds: value)) }
        }
        return HTTPContent(fields: fields, body: notification.body)
    }

    /// Throws where the body is not what its content type says.
    public func encodeStructured(_ notification: Notification) throws(SerializationError) -> HTTPContent {
        var body: [UInt8] = []
        try format.encode(notification, into: &body)
        return content(MediaType.cloudEventsJSON, body)
    }

    /// The events that can be written, and the place and error of each that cannot.
    public func encodeBatch(
        _ notifications: some Sequence<Notification>
    ) -> (content: HTTPContent, failures: [(index: Int, error: SerializationError)]) {
        var body: [UInt8] = []
        let failures = format.encodeBatch(notifications, into: &body)
        return (content(MediaType.cloudEventsBatchJSON, body), failures)
    }

    private func content(_ type: String, _ body: [UInt8]) -> HTTPContent {
        HTTPContent(fields: [HTTPContent.Field(name: "content-type", value: type + "; charset=utf-8")], body: body[...])
    }

    private static func field(_ name: String, _ value: [UInt8]) -> HTTPContent.Field {
        var output: [UInt8] = []
        PercentEncoding.encode(value, into: &output, keeping: isKept)
        return HTTPContent.Field(name: name, value: String(decoding: output, as: UTF8.self))
    }

    static func encode(_ value: String) -> String {
        PercentEncoding.encode(value, keeping: isKept)
    }

    private static func isKept(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "%")
    }

    private static func isKeptInName(_ byte: UInt8) -> Bool {
        AttributeRules.isNameByte(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_")
    }

    // MARK: Reading

    /// Reads what a request carries: one event in binary or structured mode, or a batch of any
    /// number up to `maximumEvents`. Throws where the whole cannot be read; an event of a batch costs
    /// only itself.
    public func decode(
        _ content: HTTPContent, defaults: AttributeDefaults = .none, maximumEvents: Int = .max
    ) throws(SerializationError) -> [Result<Notification, SerializationError>] {
        guard let contentType = content["content-type"], AttributeRules.isCloudEvents(mediaType: contentType) else {
            return [.success(try decodeBinary(content))]
        }
        switch MediaType.essence(contentType) {
        case MediaType.cloudEventsJSON: return [.success(try format.decode(content.body, defaults: defaults))]
        case MediaType.cloudEventsBatchJSON:
            return try format.decodeBatch(content.body, defaults: defaults, maximumEvents: maximumEvents)
        case MediaType.cloudEventsProtobuf:
            return [.success(try ProtobufEventFormat().decode(content.body))]
        default: throw SerializationError("content-type", .unsupportedMode, value: contentType)
        }
    }

    private func decodeBinary(_ content: HTTPContent) throws(SerializationError) -> Notification {
        var collector = AttributeCollector()
        var properties: [Property] = []
        var fields = MessageFields()
        var contentType: String?
        for field in content.fields {
            let name = field.name.lowercased()
            if name == "content-type" {
                guard contentType == nil else { throw SerializationError(name, .givenTwice) }
                contentType = field.value
            } else if name.hasPrefix(Self.attributePrefix) {
                let attribute = String(name.dropFirst(Self.attributePrefix.count))
                try collector.set(attribute, try decode(field.value, of: attribute))
            } else if name.hasPrefix(Self.propertyPrefix) {
                try append(name.dropFirst(Self.propertyPrefix.count), field.value, to: &properties)
            } else if name.hasPrefix("iothub-") {
                try set(name, field.value, in: &fields)
            }
        }
        if let contentType { try collector.overrideDataContentType(contentType) }
        return try collector.notification(properties: properties, messageFields: fields, body: content.body)
    }

    private func append(
        _ encodedName: Substring, _ value: String, to properties: inout [Property]
    ) throws(SerializationError) {
        let name = PropertyName.ofPublisher(try PercentEncoding.decodeText(encodedName, of: "property name"))
        guard !properties.contains(where: { $0.name == name }) else {
            throw SerializationError("property '\(name)'", .givenTwice)
        }
        guard properties.count < PropertyBag.maximumCount else {
            throw SerializationError("properties", .tooMany(limit: PropertyBag.maximumCount))
        }
        properties.append(Property(name: name, value: try decode(value, of: "property '\(name)'")))
    }

    private func set(_ name: String, _ value: String, in fields: inout MessageFields) throws(SerializationError) {
        switch name {
        case "iothub-messageid": try assign(&fields.messageID, name, try decode(value, of: name))
        case "iothub-correlationid": try assign(&fields.correlationID, name, try decodeBytes(value, of: name))
        case "iothub-userid": try assign(&fields.userID, name, try decodeBytes(value, of: name))
        case "iothub-contentencoding": try assign(&fields.contentEncoding, name, try decode(value, of: name))
        case "iothub-replyto": try assign(&fields.replyTo, name, try decode(value, of: name))
        case "iothub-expiry":
            guard let time = RFC3339.milliseconds(value) else {
                throw SerializationError(name, .notRFC3339, value: value)
            }
            try assign(&fields.expiresAtMilliseconds, name, time)
        default: break
        }
    }

    private func assign<Value>(_ field: inout Value?, _ name: String, _ value: Value) throws(SerializationError) {
        guard field == nil else { throw SerializationError(name, .givenTwice) }
        field = value
    }

    private func decode(_ value: String, of attribute: String) throws(SerializationError) -> String {
        try PercentEncoding.decodeText(Self.unquoted(value), of: attribute)
    }

    private func decodeBytes(_ value: String, of attribute: String) throws(SerializationError) -> [UInt8] {
        guard let bytes = PercentEncoding.decode(Self.unquoted(value).utf8) else {
            throw SerializationError(attribute, .brokenPercentEncoding, value: value)
        }
        return bytes
    }

    /// The text of a quoted string (RFC 7230, section 3.2.6), or the value itself.
    private static func unquoted(_ value: String) -> String {
        guard value.utf8.count >= 2, value.utf8.first == UInt8(ascii: "\""), value.utf8.last == UInt8(ascii: "\"")
        else { return value }
        var text = ""
        var isEscaped = false
        for scalar in value.unicodeScalars.dropFirst().dropLast() {
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else {
                text.unicodeScalars.append(scalar)
                isEscaped = false
            }
        }
        return text
    }
}
