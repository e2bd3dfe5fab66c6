import Notifications
import Synchronization

/// One endpoint's progress, shared by its reader and the writer.
final class EndpointLedger: Sendable {
    let id: EndpointID
    let slot: EndpointSlot

    fileprivate struct State {
        var progress: EndpointProgress
        var persistedCursor: Int64
        var failure: JournalError?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(id: EndpointID, slot: EndpointSlot, progress: EndpointProgress, persistedCursor: Int64) {
        self.id = id
        self.slot = slot
        state = Mutex(State(progress: progress, persistedCursor: persistedCursor))
    }

    // MARK: The writer's side

    /// The cursor to write, and whether it differs from what is on disk.
    var cursor: (value: Int64, moved: Bool) {
        state.withLock { ($0.progress.cursor, $0.progress.cursor != $0.persistedCursor) }
    }

    func persisted(_ cursor: Int64) {
        state.withLock { $0.persistedCursor = cursor }
    }

    func committed(end: Int64, count: Int) {
        let waiters = state.withLock { state in
            state.progress.committed(end: end, count: count) ? state.takeWaiters() : []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// No more events: every call from now on throws `error`.
    func fail(_ error: JournalError) {
        let waiters = state.withLock { state in
            state.failure = state.failure ?? error
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: The reader's side

    var waiting: Int { state.withLock { $0.progress.waiting } }

    func with<R: Sendable>(_ body: (inout EndpointProgress) -> R) throws(JournalError) -> R {
        let result: Result<R, JournalError> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            return .success(body(&state.progress))
        }
        return try result.get()
    }

    /// Whether the cursor moved.
    func settle(_ offsets: some Sequence<EventOffset>) -> Bool {
        state.withLock { state in
            for offset in offsets { state.progress.settle(offset.rawValue) }
            return state.progress.cursor != state.persistedCursor
        }
    }

    /// Returns when there is something to read, the ledger failed or the task was cancelled.
    func waitForEvents() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if Task.isCancelled || state.failure != nil || !state.progress.isAtEnd { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            // Whoever else waits here looks again and goes back to waiting.
            for waiter in state.withLock({ $0.takeWaiters() }) { waiter.resume() }
        }
    }
}

extension EndpointLedger.State {
    fileprivate mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
        defer { waiters = [] }
        return waiters
    }
}
