import Notifications
import Synchronization

/// One endpoint's progress and books, shared by its reader and the writer.
final class EndpointLedger: Sendable {
    let id: EndpointID
    let slot: EndpointSlot
    /// See `StoredEndpoint`.
    let startOffset: Int64

    fileprivate struct State {
        var progress: EndpointProgress
        var persistedCursor: Int64
        var books: OpenBooks
        var failure: JournalError?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var arrivals = RateMeter()
        var departures = RateMeter()
    }

    private let state: Mutex<State>

    init(
        id: EndpointID, slot: EndpointSlot, startOffset: Int64, progress: EndpointProgress, persistedCursor: Int64,
        books: OpenBooks
    ) {
        self.id = id
        self.slot = slot
        self.startOffset = startOffset
        state = Mutex(State(progress: progress, persistedCursor: persistedCursor, books: books))
    }

    // MARK: The writer's side

    var cursor: Int64 { state.withLock { $0.progress.cursor } }

    /// What to write of this endpoint.
    var record: StoredEndpoint { state.withLock { record($0) } }

    /// What to write, if the cursor differs from what is on disk.
    var movedRecord: StoredEndpoint? {
        state.withLock { $0.progress.cursor == $0.persistedCursor ? nil : record($0) }
    }

    private func record(_ state: borrowing State) -> StoredEndpoint {
        let cursor = state.progress.cursor
        return StoredEndpoint(
            slot: slot, id: id, cursor: cursor, startOffset: startOffset,
            receivedBase: state.books.receivedBase, unwantedBase: state.books.unwantedBase,
            countedTo: state.progress.end, notRouted: state.books.notRouted,
            settled: state.progress.tracker.passed, deadLettered: state.books.deadLettered,
            hasOldTombstones: state.books.lowestTombstone.map { $0 < cursor } ?? false)
    }

    func persisted(_ record: StoredEndpoint) {
        state.withLock { state in
            state.persistedCursor = record.cursor
            if record.hasOldTombstones { state.books.removeTombstones(below: record.cursor) }
        }
    }

    func committed(_ arrivals: Arrivals, at now: Int64) {
        let waiters = state.withLock { state in
            state.books.add(arrivals)
            if arrivals.count > 0 { state.arrivals.add(events: arrivals.count, bytes: arrivals.bytes, at: now) }
            let isReady = state.progress.committed(end: arrivals.end, count: arrivals.count, bytes: arrivals.bytes)
            return isReady ? state.takeWaiters() : []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Events that no route wanted are on disk as a number.
    func noted(unwanted: Int) {
        state.withLock { $0.books.unwanted += unwanted }
    }

    /// A condemned event is in the dead letters.
    func buried(_ offset: Int64, at now: Int64) {
        state.withLock { state in
            state.books.bury([offset])
            if let bytes = state.progress.buryCondemned(offset) {
                state.departures.add(events: 1, bytes: bytes, at: now)
            }
        }
    }

    /// Dead letters became events again: `own` that these books counted as dead letters, and
    /// `strange` of an earlier registration, which come in like new ones.
    func revived(own: Int, strange: Int) {
        state.withLock { state in
            state.books.deadLettered -= own
            state.books.receivedBase -= Int64(strange)
            state.books.revived += strange
        }
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

    var books: EndpointBooks {
        state.withLock { $0.books.shown(progress: $0.progress) }
    }

    /// What waits, and the offset of the oldest; its age is the caller's to find.
    func backlog(at now: Int64) -> (backlog: EndpointBacklog, oldest: Int64?) {
        state.withLock { state in
            var backlog = EndpointBacklog()
            backlog.events = state.progress.waiting
            backlog.bytes = state.progress.waitingBytes
            backlog.arrivals = state.arrivals.rate(at: now)
            backlog.departures = state.departures.rate(at: now)
            return (backlog, state.progress.oldestWaiting)
        }
    }

    func with<R: Sendable>(_ body: (inout EndpointProgress) -> R) throws(JournalError) -> R {
        let result: Result<R, JournalError> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            return .success(body(&state.progress))
        }
        return try result.get()
    }

    /// Whether the cursor moved.
    func settle(_ offsets: some Sequence<EventOffset>, as settlement: Settlement, at now: Int64) -> Bool {
        state.withLock { state in
            var (count, bytes) = (0, 0)
            for offset in offsets {
                guard let size = state.progress.settle(offset.rawValue, as: settlement) else { continue }
                count += 1
                bytes += size
            }
            if count > 0 { state.departures.add(events: count, bytes: bytes, at: now) }
            return state.progress.cursor != state.persistedCursor
        }
    }

    /// Returns when there is something to read, the ledger failed or the task was cancelled.
    func waitForEvents() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if Task.isCancelled || state.failure != nil || !state.progress.mustWait { return true }
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

    // MARK: Limits

    /// Bytes that wait, at or before what offset the oldest is, and from where on nothing was read
    /// while nothing is in anybody's hands.
    var standing: (bytes: Int, oldest: Int64?, unread: Int64?) {
        state.withLock { ($0.progress.waitingBytes, $0.progress.oldestWaiting, $0.progress.unread) }
    }

    /// Keeps the reader from taking events until ``discard(_:upTo:as:)`` or ``letGo()``.
    func hold() -> EndpointProgress.Held? {
        state.withLock { $0.failure == nil ? $0.progress.hold() : nil }
    }

    /// Which of `offsets` may leave. Those that were handed out before are condemned: nobody else
    /// settles them.
    func condemnHeld(_ offsets: [Int64]) -> [Int64] {
        state.withLock { state in offsets.filter { state.progress.condemnHeld($0) } }
    }

    /// The events leave, the hold ends. Those in the dead letters are `buried`.
    func discard(_ leaving: [LeavingEvent], upTo end: Int64, damaged: Bool) {
        let waiters = state.withLock { state in
            state.progress.discard(leaving, upTo: end, damaged: damaged)
            state.books.bury(leaving.lazy.filter { $0.settlement == .deadLettered }.map(\.offset))
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Ends the hold; what was condemned under it may be settled by others again.
    func letGo(pardoning offsets: [Int64]) {
        let waiters = state.withLock { state in
            for offset in offsets { state.progress.pardon(offset) }
            state.progress.letGo()
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// What is not read yet begins at `offset` at the earliest, as seen from `position`.
    func skip(from position: Int64, to offset: Int64) {
        state.withLock { $0.progress.skip(from: position, to: offset) }
    }
}

extension EndpointLedger.State {
    fileprivate mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
        defer { waiters = [] }
        return waiters
    }
}
