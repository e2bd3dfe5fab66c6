import Azure
import Logging
import Synchronization

/// Other keys on the session that is there, so that a rotation costs no reconnect.
extension OutboxDriver {
    private var sends: Bool {
        let state = outbox.state.withLock { $0.lifeCycle.state }
        return state == .sending || state == .throttled
    }

    /// The operator gave new keys: the live session takes them where it can.
    func replaced(_ connectors: KeyedConnectors) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction] {
        let hasSecondary = connectors.secondary != nil
        outbox.state.withLock { $0.connectors = connectors }
        guard let feed, sends else {
            let now = outbox.clock.now
            return try change { life throws(EndpointLifeCycle.IllegalCommand) in
                try life.changed(hasSecondaryKey: hasSecondary, now: now)
            }
        }
        let generation = outbox.state.withLock { state in
            state.lifeCycle.keysReplaced(hasSecondaryKey: hasSecondary)
            return state.lifeCycle.keys.generation
        }
        let (attempt, outbox) = (attempt, outbox)
        Task {
            let adoption = await KeyAdoption.of(hasSecondary ? [.primary, .secondary] : [.primary], connectors, on: feed)
            outbox.signal(.adopted(attempt: attempt, generation: generation, adoption))
        }
        return []
    }

    func adopted(
        _ adoption: KeyAdoption, attempt: Int, generation: Int
    ) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction] {
        guard attempt == self.attempt, isCurrent(generation) else { return [] }
        let now = outbox.clock.now
        switch adoption {
        case .adopted(let key, let refusal):
            outbox.state.withLock { $0.lifeCycle.adopted(key, insteadOf: refusal, now: now) }
            outbox.logger.notice("new keys are in use on the live connection", metadata: [LogKey.key: "\(key.rawValue)"])
            return []
        case .impossible:
            return try handle(.changed)
        case .failed(let failure):
            outbox.logger.warning(
                "new keys were not accepted on the live connection; a new one is made",
                metadata: [LogKey.condition: "\(failure.condition)", LogKey.reason: "\(failure.detail)"])
            return try handle(.changed)
        }
    }

    /// The other key is put on the live session; where that fails too, the session lives as long as
    /// its last token.
    func renewalRefused(_ failure: EndpointFailure) {
        let target = outbox.state.withLock { state -> (EndpointKey, KeyedConnectors, Int)? in
            state.lifeCycle.keys.idle.map { ($0, state.connectors, state.lifeCycle.keys.generation) }
        }
        guard !isSwitching, let (key, connectors, generation) = target, let feed, sends else { return }
        isSwitching = true
        let (attempt, outbox) = (attempt, outbox)
        Task {
            let adoption = await KeyAdoption.of([key], connectors, on: feed)
            outbox.signal(
                .switched(attempt: attempt, generation: generation, to: key, because: failure, adoption))
        }
    }

    func switched(
        _ adoption: KeyAdoption, to key: EndpointKey, because refusal: EndpointFailure, attempt: Int, generation: Int
    ) {
        isSwitching = false
        guard attempt == self.attempt, isCurrent(generation) else { return }
        let now = outbox.clock.now
        switch adoption {
        case .adopted:
            outbox.state.withLock { $0.lifeCycle.adopted(key, insteadOf: refusal, now: now) }
            outbox.logger.warning(
                "a key was refused; the other one is in use on the live connection",
                metadata: [LogKey.key: "\(key.rawValue)", LogKey.condition: "\(refusal.condition)"])
        case .impossible, .failed:
            outbox.logger.warning(
                "the other key is not accepted either; events go on until the last token is over",
                metadata: [LogKey.key: "\(key.rawValue)", LogKey.condition: "\(refusal.condition)"])
        }
    }

    private func isCurrent(_ generation: Int) -> Bool {
        outbox.state.withLock { $0.lifeCycle.keys.generation == generation }
    }
}
