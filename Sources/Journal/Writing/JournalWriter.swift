import Dispatch
import Logging
import Notifications
import Synchronization

/// The one place that changes the file: a serial queue that takes all that waits into one
/// transaction, so that a commit's sync is shared by whoever came while the last one ran.
final class JournalWriter: Sendable {
    /// What only the writer's queue touches; the lock is never contended.
    struct State {
        var sequences: SequenceTable
        var segments: [SegmentInfo]
        var nextOffset: Int64
        var oldestOffset: Int64
        /// Bytes of all rows' blobs.
        var storedBytes: Int
        var marks: MarkIndex
        /// Noted, and not on disk yet.
        var notes = IntakeNotes()
        /// Those of `notes` excluded.
        var totals: JournalTotals
        /// The latest on disk.
        var clockAnchor: JournalClock.Anchor?
        /// The dead letters on disk.
        var letters: LetterTotals
        var letterLimits: DeadLetterLimits
        var isMaintenanceScheduled = false
        /// Rows were deleted since the file was last shrunk.
        var mayShrink = false
    }

    let store: Store
    let registry: EndpointRegistry
    let recent: RecentBatches
    let figures: Figures
    let tuning: JournalTuning
    let clock: JournalClock
    let arrivalTimes: ArrivalTimes
    let gate = IntakeGate()
    let limits = Mutex(LimitSettings())
    let queue = DispatchQueue(label: "twinroute.journal.writer")
    let state: Mutex<State>
    private let inbox: Mutex<WriterInbox>
    private let onQueue = DispatchSpecificKey<Bool>()

    init(
        store: Store, registry: EndpointRegistry, recent: RecentBatches, figures: Figures, tuning: JournalTuning,
        clock: JournalClock, arrivalTimes: ArrivalTimes, state initial: consuming State
    ) {
        self.store = store
        self.registry = registry
        self.recent = recent
        self.figures = figures
        self.tuning = tuning
        self.clock = clock
        self.arrivalTimes = arrivalTimes
        state = Mutex(initial)
        inbox = Mutex(WriterInbox(maximumBytes: tuning.queueBytes))
        queue.setSpecific(key: onQueue, value: true)
        scheduleWatch()
    }

    // MARK: Requests

    /// Blocks while the inbox is full and `mayBlock` is true; never on the writer's own queue.
    func submit(_ request: WriterRequest, mayBlock: Bool) {
        let mayBlock = mayBlock && !isOnQueue
        while true {
            switch inbox.withLock({ $0.submit(request, mayBlock: mayBlock) }) {
            case .queued:
                return
            case .wake:
                queue.async { self.drain() }
                return
            case .full(let semaphore):
                semaphore.wait()
            case .closed:
                refuse(request)
                return
            }
        }
    }

    func deadLetter(
        _ event: JournalEvent, of ledger: EndpointLedger, reason: DeadLetterReason
    ) async throws(JournalError) {
        let letter = try NewDeadLetter(
            event, endpoint: ledger.id, reason: reason, recordedAtMilliseconds: tuning.wallClockMilliseconds())
        let result: Result<Void, JournalError> = await withCheckedContinuation { continuation in
            submit(.deadLetter(letter, ledger) { continuation.resume(returning: $0) }, mayBlock: false)
        }
        try result.get()
    }

    /// Runs `work` on the writer's queue after everything submitted before; blocks until done.
    /// Not to be called from a completion.
    func runAlone<R: Sendable>(
        _ work: @escaping @Sendable (JournalWriter) -> Result<R, JournalError>
    ) throws(JournalError) -> R {
        let done = DispatchSemaphore(value: 0)
        let box = Box<Result<R, JournalError>>()
        submit(.alone {
            box.value.withLock { $0 = work(self) }
            done.signal()
        }, mayBlock: false, ifClosed: { done.signal() })
        done.wait()
        guard let result = box.value.withLock({ $0 }) else { throw .closed }
        return try result.get()
    }

    /// As ``runAlone(_:)``; the task waits without holding a thread.
    func runAloneAsync<R: Sendable>(
        _ work: @escaping @Sendable (JournalWriter) -> Result<R, JournalError>
    ) async throws(JournalError) -> R {
        let result: Result<R, JournalError> = await withCheckedContinuation { continuation in
            submit(.alone { continuation.resume(returning: work(self)) }, mayBlock: false, ifClosed: {
                continuation.resume(returning: .failure(.closed))
            })
        }
        return try result.get()
    }

    private func submit(_ request: WriterRequest, mayBlock: Bool, ifClosed: () -> Void) {
        switch inbox.withLock({ $0.submit(request, mayBlock: mayBlock) }) {
        case .queued, .full: return
        case .wake: queue.async { self.drain() }
        case .closed: ifClosed()
        }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// A cursor differs from what is on disk: write it soon, unless a commit does so before.
    func cursorsMoved() {
        let schedule = inbox.withLock { inbox in
            defer { inbox.isFlushScheduled = true }
            return !inbox.isFlushScheduled && !inbox.isClosed
        }
        guard schedule else { return }
        queue.asyncAfter(deadline: .now() + tuning.cursorDelay) { [weak self] in
            guard let self else { return }
            inbox.withLock { $0.isFlushScheduled = false }
            guard !isClosed else { return }
            flushCursors()
            watchIfLimited()
            scheduleMaintenance()
        }
    }

    /// Ends the inbox, then does what is left. Returns false if it was closed before.
    func close() -> Bool {
        let (first, blocked) = inbox.withLock { $0.close() }
        for semaphore in blocked { semaphore.signal() }
        guard first else { return false }
        let finish: @Sendable () -> Void = {
            self.drain()
            self.flushCursors()
            self.gate.finish()
        }
        if isOnQueue { finish() } else { queue.sync(execute: finish) }
        return true
    }

    var isOnQueue: Bool { DispatchQueue.getSpecific(key: onQueue) ?? false }

    var isInboxEmpty: Bool { inbox.withLock { $0.isEmpty } }

    var isClosed: Bool { inbox.withLock { $0.isClosed } }

    private func refuse(_ request: WriterRequest) {
        switch request {
        case .append(_, let completion): completion(.failure(.closed))
        case .deadLetter(_, _, let completion): completion(.failure(.closed))
        case .note, .alone: break
        }
    }

    // MARK: The writer's turn

    private func drain() {
        while true {
            let (requests, blocked) = inbox.withLock { $0.take() }
            for semaphore in blocked { semaphore.signal() }
            if requests.isEmpty { break }
            var group = CommitGroup()
            for request in requests {
                switch request {
                case .append(let batch, let completion):
                    group.appends.append((batch, completion))
                    group.notes.add(batch.notes)
                case .deadLetter(let letter, let ledger, let completion):
                    group.deadLetters.append((letter, ledger, completion))
                case .note(let notes):
                    group.notes.add(notes)
                    group.unawaitedNotes.add(notes)
                case .alone(let work):
                    commit(group)
                    group = CommitGroup()
                    work()
                }
            }
            commit(group)
            watchIfLimited()
            trimIfFarBehind()
        }
        if !isClosed { scheduleMaintenance() }
    }
}

/// What goes into one transaction.
struct CommitGroup {
    var appends: [(batch: EncodedBatch, completion: @Sendable (Result<AppendReceipt, JournalError>) -> Void)] = []
    var deadLetters: [(letter: NewDeadLetter, ledger: EndpointLedger, completion: @Sendable (Result<Void, JournalError>) -> Void)] = []

    var notes = IntakeNotes()
    /// Those of `notes` that are kept for the next commit if this one fails.
    var unawaitedNotes = IntakeNotes()

    /// Whether somebody waits for the commit.
    var isAwaited: Bool { !appends.isEmpty || !deadLetters.isEmpty }
}
