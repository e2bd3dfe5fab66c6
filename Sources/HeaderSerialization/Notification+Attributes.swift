import Notifications

extension Notification {
    /// Calls `body` with every context attribute but `datacontenttype`, which most protocols keep
    /// in a field of their own, in the order in which this bridge writes them.
    func forEachAttribute(_ body: (String, AttributeValue) -> Void) {
        body("specversion", .string(AttributeCollector.specVersionValue))
        body("id", .string(id))
        body("source", .uriReference(source))
        body("type", .string(type))
        if let subject { body("subject", .string(subject)) }
        if let dataSchema { body("dataschema", .uri(dataSchema)) }
        if let traceParent { body("traceparent", .string(traceParent)) }
        if let time { body("time", .timestamp(time)) }
        forEachExtension(body)
    }

    /// Calls `body` with `sequence`, `sequencetype` and the extension attributes. The journal's
    /// sequence number goes before one that an event brought along.
    func forEachExtension(_ body: (String, AttributeValue) -> Void) {
        if let sequence {
            body("sequence", .string(sequence.description))
            body("sequencetype", .string(SequenceNumber.typeName))
        }
        for attribute in extensions {
            if sequence != nil, attribute.name == "sequence" || attribute.name == "sequencetype" { continue }
            body(attribute.name, attribute.value)
        }
    }
}
