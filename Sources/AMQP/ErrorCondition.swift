public import AMQPCodec

/// Why a peer refused something or ended it: the `error` type of AMQP 1.0 (part 2, section 2.8.14).
public struct ErrorCondition: Sendable, Hashable {
    /// The symbol, for example `amqp:unauthorized-access`.
    public var condition: String
    public var description: String?
    /// More about the error, keyed by symbols. Some clients read it without asking whether it is
    /// there; a listener that serves them puts at least one entry in.
    public var info: AMQPMap

    public init(_ condition: String, description: String? = nil, info: AMQPMap = AMQPMap()) {
        self.condition = condition
        self.description = description
        self.info = info
    }
}

extension ErrorCondition {
    /// `condition: description`, for logs and messages.
    public var text: String {
        guard let description, !description.isEmpty else { return condition }
        return "\(condition): \(description)"
    }
}
