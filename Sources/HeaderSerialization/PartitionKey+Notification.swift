import Notifications

extension PartitionKey {
    /// The key of an event; nil where it has none. An empty value is none: the far sides take no
    /// empty key.
    public func key(of notification: Notification) -> String? {
        guard case .attribute(let name) = self, let key = notification.attribute(name), !key.isEmpty else { return nil }
        return key
    }
}

extension Notification {
    /// The canonical text of a context attribute.
    public func attribute(_ name: String) -> String? {
        switch name {
        case "id": id
        case "source": source
        case "type": type
        case "subject": subject
        case "time": time
        case "datacontenttype": dataContentType
        case "dataschema": dataSchema
        case "traceparent": traceParent
        case "specversion": AttributeCollector.specVersionValue
        case "sequence" where sequence != nil: sequence?.description
        case "sequencetype" where sequence != nil: SequenceNumber.typeName
        default: extensions.first { $0.name == name }?.value.text
        }
    }
}
