import AMQPCodec

extension MessageQueue {
    enum SessionAdmission: Equatable {
        case held(id: String, until: Milliseconds)
        /// Somebody else has it.
        case locked
        /// No session is free that has messages.
        case noneFree
    }

    /// - Parameter id: nil: the next free session.
    mutating func acceptSession(_ id: String?, by receiver: Int, at now: Milliseconds) -> SessionAdmission {
        guard let id = id ?? sessions.nextFree(at: now) else { return .noneFree }
        // What an earlier holder whose time is over still has goes back first.
        if sessions.lockedUntil(id).map({ $0 <= now }) == true { releaseSession(id, countsDelivery: true) }
        let until = now + settings.lockDuration
        guard sessions.hold(id, by: receiver, until: until, at: now) else { return .locked }
        deadlines.insert(.session(id), at: until)
        return .held(id: id, until: until)
    }

    mutating func renewSession(_ id: String, at now: Milliseconds) -> Milliseconds? {
        sessions.renew(id, until: now + settings.lockDuration, at: now)
    }

    mutating func renewLock(_ token: AMQPUUID, at now: Milliseconds) -> Milliseconds? {
        locks.renew(token, until: now + settings.lockDuration, at: now)
    }

    /// The session is free again, and what was received of it and not settled goes back.
    mutating func releaseSession(_ id: String, countsDelivery: Bool) {
        sessions.release(id)
        for token in locks.tokens(ofSession: id) { giveBack(token, countsDelivery: countsDelivery) }
    }
}
