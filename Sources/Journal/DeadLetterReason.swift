/// Why an event is not tried again.
public struct DeadLetterReason: Sendable, Hashable {
    /// The far side's own word, e.g. an AMQP error condition.
    public let condition: String
    /// A sentence for the operator.
    public let description: String

    public init(condition: String, description: String) {
        self.condition = condition
        self.description = description
    }
}
