/// An Event Grid custom topic: what it takes, and from whom.
public struct EventGridTopic: Sendable, Hashable {
    public enum Schema: String, Sendable, Hashable {
        case eventGrid = "EventGridSchema"
        case cloudEvents = "CloudEventSchemaV1_0"
    }

    public var name: String
    /// Nil: either, by the content type.
    public var schema: Schema?
    /// Base64 text; empty: any key is right.
    public var keys: [String]

    public init(name: String, schema: Schema? = nil, keys: [String] = []) {
        self.name = name
        self.schema = schema
        self.keys = keys
    }
}
