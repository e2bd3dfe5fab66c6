import Synchronization

/// What a publisher's callers and its thread share.
final class PublisherQueue: Sendable {
    private enum Phase {
        case idle
        case connecting
        case up
        case ended(ConnectionFailure)
    }

    private struct Waiters {
        private var next: UInt64 = 0
        private var continuations: [UInt64: CheckedContinuation<Void, Never>] = [:]

        var isEmpty: Bool { continuations.isEmpty }

        mutating func id() -> UInt64 {
            next += 1
            return next
        }

        mutating func add(_ id: UInt64, _ continuation: CheckedContinuation<Void, Never>) {
            continuations[id] = continuation
        }

        mutating func take(_ id: UInt64) -> CheckedContinuation<Void, Never>? {
            continuations.removeValue(forKey: id)
        }

        mutating func takeAll() -> [CheckedContinuation<Void, Never>] {
            defer { continuations.removeAll() }
            return continuations.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private struct State {
        var phase = Phase.idle
        var pending: [OutgoingMessage] = []
        /// Given to the library and not completed.
        var underWay = 0
        var counters = PublisherCounters()
        var threadRests = false
        var thread: OwnThread?
        /// For room, for an empty queue, or for another phase; each looks for itself.
        var forRoom = Waiters()
        var forChange = Waiters()
    }

    let window: Int
    let wakeUp: WakeUp
    private let state = Mutex(State())
    private let stopping = Atomic<Bool>(false)

    init(window: Int) throws(ConnectionFailure) {
        self.window = window
        wakeUp = try WakeUp()
    }

    var counters: PublisherCounters { state.withLock { $0.counters } }
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func requestStop() {
        stopping.store(true, ordering: .releasing)
        wakeUp.signal()
    }

    // MARK: The callers' side

    /// Returns false from the second call on.
    func begin() -> Bool {
        state.withLock { state in
            guard case .idle = state.phase else { return false }
            state.phase = .connecting
            return true
        }
    }

    func started(_ thread: OwnThread) {
        state.withLock { $0.thread = thread }
    }

    func takeThread() -> OwnThread? {
        state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
    }

    /// Returns false when the window is full.
    func add(_ message: OutgoingMessage) throws(ConnectionFailure) -> Bool {
        let (result, wakes) = state.withLock { state -> (Result<Bool, ConnectionFailure>, Bool) in
            switch state.phase {
            case .ended(let failure): return (.failure(failure), false)
            case .idle, .connecting: return (.failure(.closed), false)
            case .up: break
            }
            guard state.pending.count + state.underWay < window else { return (.success(false), false) }
            state.pending.append(message)
            state.counters.accepted += 1
            defer { state.threadRests = false }
            return (.success(true), state.threadRests)
        }
        if wakes { wakeUp.signal() }
        return try result.get()
    }

    func isEmpty() throws(ConnectionFailure) -> Bool {
        try state.withLock { state -> Result<Bool, ConnectionFailure> in
            let isEmpty = state.pending.isEmpty && state.underWay == 0
            if !isEmpty, case .ended(let failure) = state.phase { return .failure(failure) }
            return .success(isEmpty)
        }.get()
    }

    func waitForRoom() async {
        await wait(in: \.forRoom) { [window] state in
            if case .ended = state.phase { return true }
            return state.pending.count + state.underWay < window
        }
    }

    func waitUntilEmpty() async {
        await wait(in: \.forChange) { state in
            if case .ended = state.phase { return true }
            return state.pending.isEmpty && state.underWay == 0
        }
    }

    /// Returns why the connection is not up.
    func waitUntilUp() async -> ConnectionFailure? {
        while true {
            switch state.withLock({ $0.phase }) {
            case .up: return nil
            case .ended(let failure): return failure
            case .idle, .connecting: break
            }
            await wait(in: \.forChange, cancels: false) { state in
                if case .connecting = state.phase { false } else { true }
            }
        }
    }

    func waitUntilEnded() async {
        await wait(in: \.forChange, cancels: false) { state in
            switch state.phase {
            case .idle, .ended: true
            case .connecting, .up: false
            }
        }
    }

    /// Suspends until the thread says that something has changed, or not at all when `holds` does.
    private func wait(
        in list: WritableKeyPath<State, Waiters> & Sendable, cancels: Bool = true,
        until holds: @Sendable (borrowing State) -> Bool
    ) async {
        while !(cancels && Task.isCancelled) {
            let id = state.withLock { $0[keyPath: list].id() }
            let held = await withTaskCancellationHandler {
                await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                    let resumes = state.withLock { state in
                        if holds(state) || (cancels && Task.isCancelled) { return true }
                        state[keyPath: list].add(id, continuation)
                        return false
                    }
                    if resumes { continuation.resume() }
                }
                return state.withLock { holds($0) }
            } onCancel: {
                guard cancels else { return }
                state.withLock { $0[keyPath: list].take(id) }?.resume()
            }
            if held { return }
        }
    }

    // MARK: The thread's side

    func isUp() {
        change { $0.phase = .up }
    }

    func ended(_ failure: ConnectionFailure) {
        change { $0.phase = .ended(failure) }
    }

    /// What is to be sent; moves into `batch`, which comes back empty.
    func take(into batch: inout [OutgoingMessage]) {
        state.withLock { state in
            swap(&state.pending, &batch)
            state.underWay += batch.count
        }
    }

    /// Announces that the thread is about to wait. Returns false when there is work.
    func mayRest() -> Bool {
        state.withLock { state in
            state.threadRests = state.pending.isEmpty
            return state.threadRests
        }
    }

    func completed(_ count: Int, rejected: [String] = []) {
        guard count + rejected.count > 0 else { return }
        change { state in
            state.underWay -= count + rejected.count
            state.counters.completed += UInt64(count)
            state.counters.rejected += UInt64(rejected.count)
            for reason in rejected {
                state.counters.rejections[reason, default: 0] += 1
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let resumed = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            body(&state)
            let used = state.pending.count + state.underWay
            var resumed: [CheckedContinuation<Void, Never>] = []
            var hasEnded = false
            if case .ended = state.phase { hasEnded = true }
            // Not for every single place: a caller that is woken should find room for many.
            if !state.forRoom.isEmpty, hasEnded || used <= window - max(1, window / 4) {
                resumed += state.forRoom.takeAll()
            }
            if !state.forChange.isEmpty, hasEnded || used == 0 {
                resumed += state.forChange.takeAll()
            }
            return resumed
        }
        for continuation in resumed { continuation.resume() }
    }
}
