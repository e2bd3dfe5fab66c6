import Azure
import Journal
import Logging
import Synchronization

extension Outbox {
    /// Runs on the session's thread.
    ///
    /// - Returns: what is to be sent next.
    func settle(
        _ reports: [DeliveryReport], window: DeliveryWindow, attempt: Int, refusals: AsyncStream<Refusal>.Continuation
    ) -> [OutboundEvent] {
        let (verdicts, next) = window.handle(reports)
        if !verdicts.settled.isEmpty { reader.settle(verdicts.settled) }
        for refused in verdicts.refused { refusals.yield(refused) }
        if let failure = verdicts.firstReturn {
            logger.debug(
                "the far side returned events; they will be sent again",
                metadata: [LogKey.events: "\(verdicts.returned)", LogKey.reason: "\(failure)"])
        }
        state.withLock { state in
            if !verdicts.settled.isEmpty, state.lifeCycle.hasTrouble { state.lifeCycle.progressed() }
            state.delivered += verdicts.settled.count
            state.returned += verdicts.returned
        }
        if let failure = verdicts.fatal {
            signal(.failed(attempt: attempt, failure))
        } else if let failure = verdicts.throttled {
            signal(.throttled(attempt: attempt, failure))
        }
        return next
    }

    /// - Returns: whether the event is in the dead letters.
    func deadLetter(_ refusal: Refusal) async -> Bool {
        do {
            let reason = DeadLetterReason(
                condition: refusal.failure.condition, description: refusal.failure.detail, tries: refusal.tries)
            try await reader.deadLetter(refusal.offset, reason: reason)
            state.withLock { $0.deadLettered += 1 }
            logger.warning(
                "an event was refused for good; it is in the dead letters",
                metadata: [
                    LogKey.offset: "\(refusal.offset)", LogKey.condition: "\(refusal.failure.condition)",
                    LogKey.reason: "\(refusal.failure.detail)",
                ])
            return true
        } catch {
            logger.error(
                "a refused event could not be stored as a dead letter; it will be sent again",
                metadata: [LogKey.offset: "\(refusal.offset)", LogKey.reason: "\(error)"])
            return false
        }
    }
}
