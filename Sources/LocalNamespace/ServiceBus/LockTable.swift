import AMQPCodec

/// Locks on messages, by their token.
struct LockTable {
    struct Lock: Sendable, Hashable {
        var sequence: Int64
        var until: Milliseconds
        /// The session that the message was received in.
        var session: String?
    }

    private var locks: [AMQPUUID: Lock] = [:]

    var count: Int { locks.count }

    subscript(token: AMQPUUID) -> Lock? { locks[token] }

    mutating func insert(_ token: AMQPUUID, sequence: Int64, until: Milliseconds, session: String?) {
        locks[token] = Lock(sequence: sequence, until: until, session: session)
    }

    @discardableResult
    mutating func remove(_ token: AMQPUUID) -> Lock? {
        locks.removeValue(forKey: token)
    }

    /// The lock's new end; nil where it is gone.
    mutating func renew(_ token: AMQPUUID, until: Milliseconds, at now: Milliseconds) -> Milliseconds? {
        guard let lock = locks[token], lock.session != nil || lock.until > now else { return nil }
        locks[token]?.until = until
        return until
    }

    func tokens(ofSession session: String) -> [AMQPUUID] {
        locks.filter { $0.value.session == session }.sorted { $0.value.sequence < $1.value.sequence }.map(\.key)
    }
}
