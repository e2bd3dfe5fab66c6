import Synchronization

/// Decides about one batch, from any thread. The first decision counts, later ones have no effect.
///
/// Letting go of it undecided refuses the batch.
public final class BatchAcknowledgement: Sendable {
    private let decision: BatchDecision

    init(_ decision: BatchDecision) {
        self.decision = decision
    }

    deinit {
        _ = decision.decide(.refused)
    }

    /// Has the batch's PUBACKs written. Returns whether this was the decision that counted; it was
    /// not when the hold limit had passed before, and then the broker sends the batch again.
    @discardableResult
    public func acknowledge() -> Bool {
        decision.decide(.acknowledged)
    }

    /// Has the connection dropped without a PUBACK, and made again: the broker keeps the messages
    /// and sends them again.
    @discardableResult
    public func refuse() -> Bool {
        decision.decide(.refused)
    }
}

/// What the connection's thread keeps of a batch that it waits for.
final class BatchDecision: Sendable {
    enum Outcome: UInt8 {
        case acknowledged = 1
        case refused = 2
        case expired = 3
    }

    private static let undecided: UInt8 = 0

    private let state = Atomic<UInt8>(BatchDecision.undecided)
    private let wakeUp: WakeUp

    init(wakeUp: WakeUp) {
        self.wakeUp = wakeUp
    }

    var outcome: Outcome? {
        Outcome(rawValue: state.load(ordering: .acquiring))
    }

    /// Returns whether `outcome` became the decision.
    func decide(_ outcome: Outcome) -> Bool {
        let (exchanged, _) = state.compareExchange(
            expected: BatchDecision.undecided, desired: outcome.rawValue, ordering: .acquiringAndReleasing)
        if exchanged {
            wakeUp.signal()
        }
        return exchanged
    }
}
