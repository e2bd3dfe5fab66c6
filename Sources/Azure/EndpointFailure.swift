/// Why a connection to an endpoint could not be made, or ended.
public struct EndpointFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public var kind: FailureKind
    /// The far side's own word for it, such as `amqp:unauthorized-access`.
    public var condition: String
    /// What happened and what to do about it; no secret is in it.
    public var detail: String

    public init(kind: FailureKind, condition: String, detail: String) {
        self.kind = kind
        self.condition = condition
        self.detail = detail
    }

    public var description: String { "\(condition): \(detail)" }
}
