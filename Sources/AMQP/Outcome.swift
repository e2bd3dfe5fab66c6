/// What the receiving side decided about a delivery (AMQP 1.0 part 3, section 3.4).
public enum Outcome: Sendable, Hashable {
    case accepted
    case rejected(ErrorCondition?)
    /// Not processed; it may be sent again, here or elsewhere. A delivery that the peer settled
    /// without naming any outcome is reported as released too, for nothing says it was taken.
    case released
    case modified(deliveryFailed: Bool, undeliverableHere: Bool)
}

/// The outcome of one delivery, under the number its sender gave it.
public struct Settlement: Sendable, Hashable {
    public var id: UInt64
    public var outcome: Outcome

    public init(id: UInt64, outcome: Outcome) {
        self.id = id
        self.outcome = outcome
    }
}
