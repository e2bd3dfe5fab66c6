/// Why an event is not tried again.
public struct DeadLetterReason: Sendable, Hashable {
    /// The far side's own word, e.g. an AMQP error condition.
    public let condition: String
    /// A sentence for the operator.
    public let description: String
    /// What was tried before, the oldest first.
    public let tries: [DeliveryTry]

    public init(condition: String, description: String, tries: [DeliveryTry] = []) {
        self.condition = condition
        self.description = description
        self.tries = tries
    }
}
