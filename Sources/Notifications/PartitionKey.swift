/// Where an event's partition key comes from, and with Service Bus its session (`partitionBy:` in
/// the configuration): the far side keeps events of one key in order.
public enum PartitionKey: Sendable, Hashable {
    case none
    /// The value of a context attribute; an event without that attribute has no key.
    case attribute(String)
    /// No key: every event goes to this partition of an event hub.
    case partition(Int)

    public static let subject = PartitionKey.attribute("subject")

    /// As the configuration writes it: `none`, `subject`, `attribute:NAME` or `partition:N`.
    public var text: String {
        switch self {
        case .none: "none"
        case .subject: "subject"
        case .attribute(let name): "attribute:\(name)"
        case .partition(let number): "partition:\(number)"
        }
    }
}
