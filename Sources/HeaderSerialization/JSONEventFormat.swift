import Notifications

/// Notifications in the CloudEvents JSON event format: the structured mode of every protocol, its
/// batches, and the form in which the seeds show twin events.
///
/// | of the notification | JSON member | type, rule |
/// |---|---|---|
/// | `specversion` `id` `source` `type` `subject` `time` `datacontenttype` `dataschema` `traceparent` | the attribute's name | string |
/// | `sequence`, `sequencetype` | the attribute's name | decimal string; `Integer` |
/// | extension attributes | the attribute's name | boolean and integer as such; binary as a Base64 string; all others strings |
/// | properties and message fields | `propertybag` | string in the syntax of ``PropertyBag`` |
/// | body, content type JSON or absent | `data` | the body's own bytes, which are checked and not rewritten |
/// | body, content type text or XML, UTF-8 | `data` | string |
/// | any other body | `data_base64` | string |
/// | empty body | – | |
///
/// When read: a member that is null is absent; `data` and `data_base64` exclude each other; a name
/// given twice, a number that is no 32-bit integer, a name with capitals are refused. `data`
/// without `datacontenttype` makes it `application/json`, for the protocols to come need it said.
/// ``AttributeDefaults`` fill in what a publisher left to the bridge.
public struct JSONEventFormat: Sendable {
    public init() {}

    // MARK: Writing

    /// Appends the event as a JSON object.
    ///
    /// Throws where the body is not what its content type says.
    public func encode(_ notification: Notification, into output: inout [UInt8]) throws(SerializationError) {
        let start = output.count
        output.append(UInt8(ascii: "{"))
        notification.forEachAttribute { name, value in JSONWriter.appendMember(name, value, to: &output) }
        if let type = notification.dataContentType { JSONWriter.appendMember("datacontenttype", type, to: &output) }
        if let bag = PropertyBag.attribute(of: notification) {
            JSONWriter.appendMember(PropertyBag.attributeName, bag, to: &output)
        }
        do throws(SerializationError) {
            try JSONWriter.appendBody(of: notification, to: &output)
        } catch {
            output.removeLast(output.count - start)
            throw error
        }
        output.append(UInt8(ascii: "}"))
    }

    /// Appends the events as a JSON array. One bad event spoils none of the others: it is left out
    /// and comes back with its place and its error.
    public func encodeBatch(
        _ notifications: some Sequence<Notification>, into output: inout [UInt8]
    ) -> [(index: Int, error: SerializationError)] {
        JSONWriter.appendArray(notifications, to: &output) { (notification, output) throws(SerializationError) in
            try encode(notification, into: &output)
        }
    }
}
