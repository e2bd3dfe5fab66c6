import AMQP
import AMQPCodec

/// A receiver of a queue or subscription.
final class QueueReceiverLink: LinkHandler {
    private let queue: Queue
    /// Receive-and-delete: what is sent is gone.
    private let deletes: Bool
    /// The session that this receiver holds.
    private let session: String?
    private(set) var credit = 0
    private var link: ListenerLink?
    private var lastID: UInt64 = 0
    private var tokens: [UInt64: AMQPUUID] = [:]

    init(queue: Queue, deletes: Bool, session: String?) {
        self.queue = queue
        self.deletes = deletes
        self.session = session
    }

    func attached(_ link: ListenerLink) {
        self.link = link
        queue.join(self)
    }

    func creditChanged(_ credit: Int) {
        self.credit = credit
        queue.change { _ in }
    }

    /// Takes so many messages and sends them; returns how many there were.
    func take(_ count: Int, from state: inout MessageQueue, at now: Milliseconds) -> Int {
        guard let link else { return 0 }
        let newToken: (() -> AMQPUUID)? = deletes ? nil : { LockToken.random() }
        let taken = state.take(count, session: session, at: now, newToken: newToken)
        var deliveries: [OutgoingDelivery] = []
        for one in taken {
            lastID += 1
            if let lock = one.lock { tokens[lastID] = lock.token }
            let bytes = MessageImage.bytes(of: one.message, lockedUntil: one.lock?.until)
            deliveries.append(OutgoingDelivery(
                id: lastID, bytes: bytes[...], tag: one.lock.map { LockToken.tag($0.token) }))
        }
        link.send(deliveries)
        credit -= taken.count
        return taken.count
    }

    func settled(_ settlements: [Settlement]) {
        for settlement in settlements {
            guard let token = tokens.removeValue(forKey: settlement.id) else { continue }
            let result = queue.change { state in
                state.settle(token, as: Self.disposition(of: settlement.outcome), at: queue.now)
            }
            link?.confirm([settlement.id], as: answer(to: settlement.outcome, result))
        }
    }

    private static func disposition(of outcome: Outcome) -> MessageQueue.Disposition {
        switch outcome {
        case .accepted: .complete
        case .released: .abandon(countsDelivery: false)
        case .modified(let failed, let undeliverable): undeliverable ? .deferred : .abandon(countsDelivery: failed)
        case .rejected(let condition):
            .deadLetter(
                reason: condition?.info["DeadLetterReason"]?.text ?? condition?.condition ?? "rejected",
                description: condition?.info["DeadLetterErrorDescription"]?.text ?? condition?.description)
        }
    }

    /// The client waits for its own outcome back, or for why it was not carried out (reference 4.13).
    private func answer(to outcome: Outcome, _ result: MessageQueue.SettlementResult) -> Outcome {
        switch result {
        case .done:
            do throws(Refusal) {
                try queue.checkSaved()
            } catch {
                return .rejected(error.condition)
            }
            if case .rejected = outcome { return .rejected(nil) }
            return outcome
        case .messageLockLost:
            return .rejected(.told("com.microsoft:message-lock-lost", "the lock has expired or the message was settled"))
        case .sessionLockLost:
            return .rejected(.told("com.microsoft:session-lock-lost", "the lock on the session has expired"))
        }
    }

    func ended() {
        queue.leave(self)
        tokens = [:]
        // Locks of a queue outlive the link; those of a session go with it.
        guard let session else { return }
        queue.change { $0.releaseSession(session, countsDelivery: false) }
    }
}
