import Notifications

/// An endpoint's view of the journal. Meant for one task; its calls are safe from any.
public final class EndpointReader: Sendable {
    public let endpoint: EndpointID
    private let ledger: EndpointLedger
    private let recent: RecentBatches
    private let disk: BacklogReader
    private let writer: JournalWriter

    init(ledger: EndpointLedger, recent: RecentBatches, backlog: BacklogReader, writer: JournalWriter) {
        endpoint = ledger.id
        self.ledger = ledger
        self.recent = recent
        self.disk = backlog
        self.writer = writer
    }

    /// Events committed for this endpoint and not settled.
    public var waiting: Int { ledger.waiting }

    /// What became of all events since the endpoint was registered.
    public var books: EndpointBooks { ledger.books }

    /// What waits, how old it is, and how fast it grows and shrinks.
    public var backlog: EndpointBacklog { writer.backlog(of: ledger) }

    /// The next events, in order; waits until there is at least one.
    ///
    /// Gives at most `maximumEvents`, and bodies of at most `maximumBytes` together, but always
    /// one event. Empty only if the task was cancelled: look at `Task.isCancelled`.
    ///
    /// Throws ``JournalError/closed``, ``JournalError/unknownEndpoint(_:)`` once the endpoint is
    /// removed, and ``JournalError/storage(_:)`` if the disk cannot be read; the call can be
    /// repeated then.
    public func next(maximumEvents: Int, maximumBytes: Int) async throws(JournalError) -> [JournalEvent] {
        while !Task.isCancelled {
            switch try collect(maximumEvents: maximumEvents, maximumBytes: maximumBytes) {
            case .events(let events):
                return events
            case .atEnd:
                await ledger.waitForEvents()
            case .onDisk(let range, let generation):
                let chunk = try await disk.read(range, slot: ledger.slot)
                try ledger.with { progress in
                    // A rewind in the meantime: the next round reads from its place.
                    guard progress.generation == generation else { return }
                    progress.read(chunk.rows, upTo: chunk.end, damaged: chunk.damaged)
                }
            }
        }
        return []
    }

    private enum Collected: Sendable {
        case events([JournalEvent])
        case atEnd
        case onDisk(Range<Int64>, generation: Int)
    }

    /// What can be had without the disk.
    private func collect(maximumEvents: Int, maximumBytes: Int) throws(JournalError) -> Collected {
        let recent = recent
        let slot = ledger.slot
        return try ledger.with { progress in
            var budget = EndpointProgress.Budget(events: maximumEvents, bytes: maximumBytes)
            var events: [JournalEvent] = []
            if progress.mustWait { return .atEnd }
            progress.takeBuffered(budget: &budget, into: &events)
            while !progress.hasBuffered, !progress.isAtEnd, let batch = recent.batch(containing: progress.position) {
                guard progress.take(from: batch, slot: slot, budget: &budget, into: &events) else { break }
            }
            if !events.isEmpty { return .events(events) }
            if progress.isAtEnd { return .atEnd }
            return .onDisk(progress.position..<progress.end, generation: progress.generation)
        }
    }

    /// These are not given again: the far side has them, or whatever else `disposition` says; it
    /// is what the books count. In any order, in memory; the cursor on disk follows with the next
    /// commit or within about 200 ms. Offsets that are not outstanding are ignored.
    public func settle(_ offsets: some Sequence<EventOffset>, as disposition: Disposition = .delivered) {
        if ledger.settle(offsets, as: Settlement(disposition), at: writer.clock.now) { writer.cursorsMoved() }
    }

    /// Puts an outstanding event into the dead letters and settles it, in one transaction.
    ///
    /// Throws ``JournalError/unknownEvent(endpoint:offset:)`` if the event is not outstanding here
    /// or its row cannot be read, and the errors of an append.
    public func deadLetter(_ offset: EventOffset, reason: DeadLetterReason) async throws(JournalError) {
        let unknown = JournalError.unknownEvent(endpoint: endpoint.rawValue, offset: offset)
        // From here on nobody else settles it, so that it is counted once.
        guard try ledger.with({ $0.condemn(offset.rawValue) }) else { throw unknown }
        do throws(JournalError) {
            guard let event = try await event(at: offset) else { throw unknown }
            try await writer.deadLetter(event, of: ledger, reason: reason)
        } catch {
            try? ledger.with { $0.pardon(offset.rawValue) }
            throw error
        }
    }

    private func event(at offset: EventOffset) async throws(JournalError) -> JournalEvent? {
        if let batch = recent.batch(containing: offset.rawValue) {
            return batch.event(at: Int(offset.rawValue - batch.firstOffset))
        }
        return try await disk.event(at: offset)
    }

    /// Starts again at the lowest event that is not settled; those settled are left out. To be
    /// called when a session ends, too: a limit never makes an event leave that was handed out and
    /// not called back.
    public func rewind() {
        // A reader of a closed journal has nothing to rewind.
        try? ledger.with { $0.rewind() }
    }
}
