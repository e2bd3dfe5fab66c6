import Dispatch

/// Something for the writer to do.
enum WriterRequest: Sendable {
    case append(EncodedBatch, @Sendable (Result<AppendReceipt, JournalError>) -> Void)
    case deadLetter(NewDeadLetter, EndpointLedger, @Sendable (Result<Void, JournalError>) -> Void)
    /// Goes into the next transaction; nobody waits for it.
    case note(IntakeNotes)
    /// Runs alone, after everything before it.
    case alone(@Sendable () -> Void)

    var bytes: Int {
        switch self {
        case .append(let batch, _): batch.encodedBytes
        case .deadLetter(let letter, _, _): letter.batch.encodedBytes
        case .note, .alone: 0
        }
    }
}

/// What waits for the writer. Decides; the caller carries out.
struct WriterInbox {
    enum Submission {
        /// The writer is at work and will see it.
        case queued
        /// Wake the writer.
        case wake
        /// Full: wait for the semaphore and try again.
        case full(DispatchSemaphore)
        case closed
    }

    private(set) var pending: [WriterRequest] = []
    private var bytes = 0
    private var isDraining = false
    private(set) var isClosed = false
    private var blocked: [DispatchSemaphore] = []
    /// A timer that will write the cursors is set.
    var isFlushScheduled = false
    let maximumBytes: Int

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    var isEmpty: Bool { pending.isEmpty }

    /// `mayBlock` is false for those who wait for the answer anyway: they hold their batch in
    /// memory whether it is queued or not.
    mutating func submit(_ request: WriterRequest, mayBlock: Bool) -> Submission {
        if isClosed { return .closed }
        if mayBlock, bytes > 0, bytes + request.bytes > maximumBytes {
            let semaphore = DispatchSemaphore(value: 0)
            blocked.append(semaphore)
            return .full(semaphore)
        }
        pending.append(request)
        bytes += request.bytes
        if isDraining { return .queued }
        isDraining = true
        return .wake
    }

    /// Everything that waits, in order; empty ends the writer's turn. Signal the semaphores.
    mutating func take() -> (requests: [WriterRequest], blocked: [DispatchSemaphore]) {
        defer {
            pending = []
            blocked = []
            bytes = 0
        }
        if pending.isEmpty { isDraining = false }
        return (pending, blocked)
    }

    /// Returns whether this call closed it, and who is to be woken to learn it.
    mutating func close() -> (first: Bool, blocked: [DispatchSemaphore]) {
        defer {
            isClosed = true
            blocked = []
        }
        return (!isClosed, blocked)
    }
}
