import Synchronization

/// What a connection's thread and everyone else share.
final class ConnectionShared: Sendable {
    let wakeUp: WakeUp
    private let stopping = Atomic<Bool>(false)
    private let suspended = Atomic<Bool>(false)
    private let counters = Mutex(ConnectionCounters())
    /// QoS 1 messages that were acknowledged and whose PUBACKs are still in the queue.
    private let unwritten = Atomic<UInt64>(0)

    init() throws(ConnectionFailure) {
        wakeUp = try WakeUp()
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    var isSuspended: Bool { suspended.load(ordering: .acquiring) }

    func setSuspended(_ isSuspended: Bool) {
        suspended.store(isSuspended, ordering: .releasing)
        wakeUp.signal()
    }

    func requestStop() {
        stopping.store(true, ordering: .releasing)
        wakeUp.signal()
    }

    var snapshot: ConnectionCounters { counters.withLock { $0 } }

    func count(_ body: (inout ConnectionCounters) -> Void) {
        counters.withLock { body(&$0) }
    }

    func willWrite(_ messages: UInt64) {
        unwritten.add(messages, ordering: .relaxed)
    }

    /// Everything that was queued has been written.
    func settleWritten() {
        let messages = unwritten.exchange(0, ordering: .relaxed)
        if messages > 0 {
            count { $0.acknowledged += messages }
        }
    }
}
