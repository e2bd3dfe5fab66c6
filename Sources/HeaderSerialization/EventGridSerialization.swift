import Notifications

/// Notifications in the Event Grid schema (reference 5.3), laid out as Digital Twins does (1.4).
///
/// | of the notification | Event Grid field | rule |
/// |---|---|---|
/// | `id` | `id` | string |
/// | `subject` | `subject` | string; the source where there is none, for the schema requires one |
/// | `type` | `eventType` | string |
/// | `time` | `eventTime` | RFC 3339; `0001-01-01T00:00:00Z` where there is none, as Digital Twins has it |
/// | – | `dataVersion` | `1.0` |
/// | – | `topic`, `metadataVersion` | left to the service |
/// | `specversion` | – | not carried |
/// | `source` | `data.source`, with `carriesSource` | not carried else, as the service does; `topic` says where the event is from |
/// | `datacontenttype` | `data.contenttype` | string |
/// | `dataschema` `traceparent`, `sequence`, `sequencetype`, extension attributes | `data.NAME` | boolean and integer as such, all others strings; `@` before a name of this table |
/// | body, JSON or without content type | `data.data` | the body's own bytes, which are checked and not rewritten |
/// | body, content type text or XML, UTF-8 | `data.data` | string |
/// | any other body | `data.data_base64` | string |
/// | properties | `data.properties.NAME` | string, or null where there is no value |
/// | properties of ``SystemAnnotation`` | `data.systemProperties.NAME` | string; come back with `@` before the name |
/// | message fields | `data.systemProperties` `message-id` `correlation-id` `user-id` `iothub-content-encoding` `reply-to` `absolute-expiry-time` | correlation-id and user-id percent-encoded, expiry RFC 3339 |
///
/// The five fields may be called something else: see ``EventGridFieldNames``.
///
/// A request's body is always an array. For a topic that takes CloudEvents see ``JSONEventFormat``.
public struct EventGridSerialization: Sendable {
    /// What stands for a time that is not known.
    static let noTime = "0001-01-01T00:00:00Z"
    static let dataVersion = "1.0"
    static let reservedNames: Set<String> = [
        "data", "data_base64", "contenttype", "source", "properties", "systemProperties",
    ]

    /// Keep the source, so that `source` + `id` stays unique beyond the topic.
    public let carriesSource: Bool
    /// What encoded events have. Decoding reads the Event Grid schema alone.
    public let fields: EventGridFieldNames

    public init(carriesSource: Bool = false, fields: EventGridFieldNames = EventGridFieldNames()) {
        self.carriesSource = carriesSource
        self.fields = fields
    }

    static func isReserved(_ name: Substring.UTF8View) -> Bool {
        reservedNames.contains(String(Substring(name)))
    }

    /// Appends one event as a JSON object. Throws where the body is not what its content type says.
    public func encode(_ notification: Notification, into output: inout [UInt8]) throws(SerializationError) {
        let start = output.count
        output.append(UInt8(ascii: "{"))
        JSONWriter.appendMember(fields.id, notification.id, to: &output)
        JSONWriter.appendMember(fields.subject, notification.subject ?? notification.source, to: &output)
        JSONWriter.appendMember(fields.eventType, notification.type, to: &output)
        JSONWriter.appendMember(fields.eventTime, notification.time ?? Self.noTime, to: &output)
        JSONWriter.appendMember(fields.dataVersion, Self.dataVersion, to: &output)
        JSONWriter.appendName("data", to: &output)
        output.append(UInt8(ascii: "{"))
        appendAttributes(of: notification, to: &output)
        appendProperties(of: notification, to: &output)
        do throws(SerializationError) {
            try JSONWriter.appendBody(of: notification, to: &output)
        } catch {
            output.removeLast(output.count - start)
            throw error
        }
        output += "}}".utf8
    }

    /// Appends the events as an array: the body of a request. An event that cannot be written is
    /// left out and comes back with its place and its error.
    public func encodeBatch(
        _ notifications: some Sequence<Notification>, into output: inout [UInt8]
    ) -> [(index: Int, error: SerializationError)] {
        JSONWriter.appendArray(notifications, to: &output) { (notification, output) throws(SerializationError) in
            try encode(notification, into: &output)
        }
    }

    private func appendAttributes(of notification: Notification, to output: inout [UInt8]) {
        if carriesSource { JSONWriter.appendMember("source", notification.source, to: &output) }
        if let type = notification.dataContentType { JSONWriter.appendMember("contenttype", type, to: &output) }
        if let schema = notification.dataSchema { JSONWriter.appendMember("dataschema", schema, to: &output) }
        if let trace = notification.traceParent { JSONWriter.appendMember("traceparent", trace, to: &output) }
        notification.forEachExtension { name, value in
            JSONWriter.appendMember(PropertyName.marked(name, where: Self.isReserved), value, to: &output)
        }
    }

    private func appendProperties(of notification: Notification, to output: inout [UInt8]) {
        let system = systemProperties(of: notification)
        let own = notification.properties.filter { !SystemAnnotation.isReserved($0.name) }
        for (name, properties) in [("systemProperties", system), ("properties", own)] where !properties.isEmpty {
            JSONWriter.appendName(name, to: &output)
            output.append(UInt8(ascii: "{"))
            for property in properties {
                JSONWriter.appendName(property.name, to: &output)
                if let value = property.value { JSONWriter.append(value, to: &output) } else { output += "null".utf8 }
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private func systemProperties(of notification: Notification) -> [Property] {
        var properties = notification.properties.filter { SystemAnnotation.isReserved($0.name) }
        guard let fields = notification.messageFields else { return properties }
        func add(_ name: String, _ value: String?) {
            if let value { properties.append(Property(name: name, value: value)) }
        }
        add("message-id", fields.messageID)
        add("correlation-id", fields.correlationID.map(Self.percentEncoded))
        add("user-id", fields.userID.map(Self.percentEncoded))
        add("iothub-content-encoding", fields.contentEncoding)
        add("reply-to", fields.replyTo)
        add("absolute-expiry-time", fields.expiresAtMilliseconds.map { RFC3339.text(milliseconds: $0) })
        return properties
    }

    private static func percentEncoded(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        PercentEncoding.encode(bytes, into: &output, keeping: PercentEncoding.isUnreserved)
        return String(decoding: output, as: UTF8.self)
    }
}
