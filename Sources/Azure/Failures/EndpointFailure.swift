/// Why a connection to an endpoint could not be made or ended, or why an event was not accepted.
public struct EndpointFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public var kind: FailureKind
    /// The far side's own word for it, such as `amqp:unauthorized-access`.
    public var condition: String
    /// What happened and what to do about it; no secret is in it.
    public var detail: String
    /// How long the far side asks to wait; `nil` where it does not say.
    public var retryAfter: Duration?

    public init(kind: FailureKind, condition: String, detail: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.condition = condition
        self.detail = detail
        self.retryAfter = retryAfter
    }

    public var description: String { "\(condition): \(detail)" }
}
