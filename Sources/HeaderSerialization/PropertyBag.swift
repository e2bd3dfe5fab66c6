import Notifications

/// The property bag of IoT Hub's device topics (reference 6.2): `key=value` joined by `&`, both
/// sides percent-encoded UTF-8.
///
/// | key | where it goes |
/// |---|---|
/// | `$.mid` | ``MessageFields/messageID`` |
/// | `$.cid` | ``MessageFields/correlationID``: the decoded bytes, which need not be text |
/// | `$.uid` | ``MessageFields/userID``: likewise |
/// | `$.ct` | ``contentType`` |
/// | `$.ce` | ``MessageFields/contentEncoding`` |
/// | `$.exp` | ``MessageFields/expiresAtMilliseconds``: RFC 3339, or milliseconds since 1970 |
/// | `$.sub` | property `dt-subject`, which only the bridge can set |
/// | any other, `$.on`, `$.to`, `$.ifid`, `$.cdid`, `$.cmid` among them | a property under its own name |
/// | a name of ``SystemAnnotation`` | a property with `@` before the name |
/// | `@` before one of the keys above | a property that is called like the key |
///
/// `key` alone has no value, `key=` an empty one; `+` is a plus; a leading `?` and a trailing `/`
/// are taken off; what follows a second `=` belongs to the value. A key given twice is refused.
///
/// The same text is the value of the attribute `propertybag`, in which structured events carry
/// what is not a context attribute.
public struct PropertyBag: Sendable, Hashable {
    public var properties: [Property]
    public var messageFields: MessageFields
    /// Media type of the body.
    public var contentType: String?

    /// Keys that one bag may have.
    public static let maximumCount = 1_000
    static let attributeName = "propertybag"
    /// `$.rto`: the reply-to of MQTT 5. IoT Hub has no such key; only ``attributeName`` uses it.
    static let replyToKey = "$.rto"

    public init(properties: [Property] = [], messageFields: MessageFields = MessageFields(), contentType: String? = nil) {
        self.properties = properties
        self.messageFields = messageFields
        self.contentType = contentType
    }

    public init(parsing text: Substring) throws(SerializationError) {
        self.init()
        try text.utf8.withContiguousBytes { (bytes) throws(SerializationError) in try parse(bytes) }
    }

    // MARK: Writing

    /// The bag as a topic has it; empty where there is nothing.
    public var text: String {
        var output: [UInt8] = []
        func add(_ key: String, _ value: (some Sequence<UInt8>)?) {
            if !output.isEmpty { output.append(UInt8(ascii: "&")) }
            PercentEncoding.encode(key.utf8, into: &output) { PercentEncoding.isUnreserved($0) || $0 == UInt8(ascii: "$") }
            guard let value else { return }
            output.append(UInt8(ascii: "="))
            PercentEncoding.encode(value, into: &output, keeping: PercentEncoding.isUnreserved)
        }
        if let value = messageFields.messageID { add("$.mid", value.utf8) }
        if let value = messageFields.correlationID { add("$.cid", value) }
        if let value = messageFields.userID { add("$.uid", value) }
        if let value = contentType { add("$.ct", value.utf8) }
        if let value = messageFields.contentEncoding { add("$.ce", value.utf8) }
        if let value = messageFields.replyTo { add(Self.replyToKey, value.utf8) }
        if let value = messageFields.expiresAtMilliseconds { add("$.exp", String(value).utf8) }
        for property in properties {
            let isComponent = property.name == SystemAnnotation.subject
            let key = isComponent ? "$.sub" : PropertyName.marked(property.name, where: Self.isReserved)
            add(key, property.value?.utf8)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// What of a notification is no context attribute, for ``attributeName``; nil where there is nothing.
    static func attribute(of notification: Notification) -> String? {
        guard !notification.properties.isEmpty || notification.messageFields != nil else { return nil }
        let bag = PropertyBag(
            properties: notification.properties, messageFields: notification.messageFields ?? MessageFields())
        return bag.text
    }

    /// Takes the attribute ``attributeName`` out of the extensions and puts what it says in its place.
    static func unpackAttribute(
        from extensions: inout [ExtensionAttribute], into notification: inout Notification
    ) throws(SerializationError) {
        guard let index = extensions.firstIndex(where: { $0.name == attributeName }) else { return }
        let bag: PropertyBag
        do {
            bag = try PropertyBag(parsing: extensions[index].value.text[...])
        } catch {
            throw SerializationError("\(attributeName), \(error.attribute)", error.rule, value: error.value)
        }
        extensions.remove(at: index)
        notification.properties = bag.properties
        if !bag.messageFields.isEmpty { notification.messageFields = bag.messageFields }
    }
}
