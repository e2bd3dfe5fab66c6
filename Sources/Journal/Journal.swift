import Logging
import Notifications
import Synchronization

/// Events on disk, from the commit that lets a device's message be acknowledged to the outcome at
/// every endpoint.
///
/// One SQLite file in WAL mode, one row a batch. A single writer numbers and commits; each endpoint
/// reads at its own pace and settles in any order. What every endpoint has settled is deleted.
public final class Journal: Sendable {
    let store: Store
    let writer: JournalWriter
    let registry = EndpointRegistry()
    private let recent: RecentBatches
    let figures: Figures
    /// Slots that a caller may still use in an ``EndpointSet``: not given to another endpoint
    /// before the journal is opened again.
    private let usedSlots = Mutex(EndpointSet())

    /// Opens the journal in `folder`, or creates both. Takes as long as reading the headers of
    /// what is stored takes.
    ///
    /// Throws ``JournalError/folderUnusable(folder:reason:)``,
    /// ``JournalError/folderLocked(folder:holder:)``, ``JournalError/notAJournal(path:reason:)``,
    /// ``JournalError/unknownFormatVersion(path:found:known:)`` and ``JournalError/storage(_:)``.
    ///
    /// A damaged file is set aside as `journal-damaged-<time>.sqlite`, and what can be read of it
    /// is served: see ``JournalStatistics/setAside``.
    public init(
        folder: String, durability: Durability, tuning: JournalTuning = JournalTuning(), logger: Logger
    ) throws(JournalError) {
        var logger = logger
        logger[metadataKey: JournalLogKeys.folder] = "\(folder)"
        figures = Figures(logger: logger)
        recent = RecentBatches(maximumBytes: tuning.recentBytes)
        let recovery: Recovery
        (store, recovery) = try JournalOpening(
            folder: folder, durability: durability, tuning: tuning, figures: figures
        ).open()
        registry.replace(with: recovery.ledgers)
        writer = JournalWriter(
            store: store, registry: registry, recent: recent, figures: figures, tuning: tuning,
            clock: recovery.clock, arrivalTimes: ArrivalTimes(recovery.arrivalTimes), state: JournalWriter.State(
                sequences: recovery.sequences, segments: recovery.segments, nextOffset: recovery.nextOffset,
                oldestOffset: recovery.oldestOffset, storedBytes: recovery.storedBytes, marks: recovery.marks,
                totals: recovery.totals, clockAnchor: recovery.clockAnchor, letters: recovery.letters,
                letterLimits: tuning.deadLetterLimits))
        figures.update {
            $0.endOffset = EventOffset(rawValue: recovery.nextOffset)
            $0.oldestOffset = EventOffset(rawValue: recovery.oldestOffset)
            $0.subjects = recovery.sequences.count
        }
        logger.info("journal opened", metadata: [
            JournalLogKeys.offset: "\(recovery.nextOffset)",
            JournalLogKeys.count: "\(recovery.nextOffset - recovery.oldestOffset)",
        ])
    }

    /// Says which endpoints there are now. Known ones keep slot and cursor. A new one starts at
    /// the present end. One that is no longer listed loses its cursor and what waits for it: it no
    /// longer holds back trimming, and starts at the end if it is ever listed again; its slot stays
    /// unused until the journal is opened again.
    ///
    /// Takes its place among the appends; blocks until it is on disk. Not to be called from an
    /// append's completion.
    ///
    /// Throws ``JournalError/tooManyEndpoints(count:maximum:)``, ``JournalError/storage(_:)`` and
    /// ``JournalError/closed``.
    public func register(endpoints: [EndpointID]) throws(JournalError) -> [EndpointID: EndpointSlot] {
        var wanted: [EndpointID] = []
        for id in endpoints where !wanted.contains(id) { wanted.append(id) }
        guard wanted.count <= EndpointSlot.maximumCount else {
            throw .tooManyEndpoints(count: wanted.count, maximum: EndpointSlot.maximumCount)
        }
        let ids = wanted
        return try writer.runAlone { [self] writer in
            // What was noted before is no part of a new endpoint's books.
            writer.flushCursors()
            return Result { () throws(JournalError) in try register(ids, writer) }
        }
    }

    private func register(
        _ ids: [EndpointID], _ writer: JournalWriter
    ) throws(JournalError) -> [EndpointID: EndpointSlot] {
        let present = registry.all
        let kept = present.filter { ids.contains($0.id) }
        let (end, totals) = writer.state.withLock { ($0.nextOffset, $0.totals) }
        var taken = usedSlots.withLock { $0 }
        for ledger in kept { taken.insert(ledger.slot) }

        var ledgers = kept
        for id in ids where !kept.contains(where: { $0.id == id }) {
            let free = (0..<UInt8(EndpointSlot.maximumCount)).lazy.compactMap(EndpointSlot.init(rawValue:))
                .first { !taken.contains($0) }
            guard let free else {
                throw .tooManyEndpoints(count: taken.count + 1, maximum: EndpointSlot.maximumCount)
            }
            taken.insert(free)
            let base = totals.received(nextOffset: end)
            ledgers.append(EndpointLedger(
                id: id, slot: free, startOffset: end,
                progress: EndpointProgress(cursor: end, end: end, waiting: 0), persistedCursor: end,
                books: OpenBooks(
                    receivedBase: base, unwantedBase: totals.unwanted, received: 0, unwanted: 0, notRouted: 0,
                    deadLettered: 0, tombstones: [])))
        }

        let records = ledgers.map(\.record)
        try store.transaction("registering endpoints") { database in
            try Store.replaceEndpoints(records, database)
        }
        for (ledger, record) in zip(ledgers, records) { ledger.persisted(record) }
        registry.replace(with: ledgers)
        usedSlots.withLock { $0 = taken }
        for ledger in present where !ids.contains(ledger.id) {
            figures.logger.info("endpoint removed from the journal", metadata: [
                JournalLogKeys.endpoint: "\(ledger.id)", JournalLogKeys.count: "\(ledger.waiting)",
            ])
            ledger.fail(.unknownEndpoint(ledger.id.rawValue))
        }
        return Dictionary(ledgers.map { ($0.id, $0.slot) }, uniquingKeysWith: { first, _ in first })
    }

    /// Commits a batch. `completion` runs on the writer's thread once the commit is synced (as far
    /// as the durability asks for it), or with the error if nothing of the batch was applied; a
    /// batch that is too large or comes after ``close()`` is refused on the caller's thread. It
    /// should be short. Batches of one caller are committed in the order of the calls.
    ///
    /// Blocks while more than ``JournalTuning/queueBytes`` wait for the writer; never on the
    /// writer's own thread.
    ///
    /// Errors: ``JournalError/batchTooLarge(bytes:maximum:)``, ``JournalError/storage(_:)`` and
    /// ``JournalError/closed``.
    public func append(
        _ batch: JournalBatch, completion: @escaping @Sendable (Result<AppendReceipt, JournalError>) -> Void
    ) {
        append(batch, mayBlock: true, completion: completion)
    }

    /// Commits a batch; returns once the commit is synced. Throws what
    /// ``append(_:completion:)`` gives.
    public func append(_ batch: JournalBatch) async throws(JournalError) -> AppendReceipt {
        let result: Result<AppendReceipt, JournalError> = await withCheckedContinuation { continuation in
            append(batch, mayBlock: false) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    private func append(
        _ batch: JournalBatch, mayBlock: Bool,
        completion: @escaping @Sendable (Result<AppendReceipt, JournalError>) -> Void
    ) {
        let encoded: EncodedBatch
        do throws(JournalError) {
            encoded = try RowEncoder.encode(batch)
        } catch {
            completion(.failure(error))
            return
        }
        writer.submit(.append(encoded, completion), mayBlock: mayBlock)
    }

    /// Throws ``JournalError/unknownEndpoint(_:)`` for an endpoint that is not registered.
    public func reader(for endpoint: EndpointID) throws(JournalError) -> EndpointReader {
        guard let ledger = registry.ledger(endpoint) else { throw .unknownEndpoint(endpoint.rawValue) }
        return EndpointReader(
            ledger: ledger, recent: recent, backlog: BacklogReader(store: store, figures: figures), writer: writer)
    }

    /// What became of all events, by endpoint. They balance at all times.
    public var books: [EndpointID: EndpointBooks] {
        Dictionary(registry.all.map { ($0.id, $0.books) }, uniquingKeysWith: { first, _ in first })
    }

    /// What waits, by endpoint.
    public var backlogs: [EndpointID: EndpointBacklog] {
        Dictionary(registry.all.map { ($0.id, writer.backlog(of: $0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Figures of this instant. Looks up the file's size; not meant for every event.
    public var statistics: JournalStatistics {
        var statistics = figures.snapshot
        statistics.eventsStored = Int(statistics.endOffset.rawValue - statistics.oldestOffset.rawValue)
        statistics.bytesOnDisk = store.bytesOnDisk
        statistics.recentBytes = recent.bytes
        for ledger in registry.all { statistics.waiting[ledger.id] = ledger.waiting }
        return statistics
    }

    /// Commits what is queued, writes the cursors, copies the log into the file and lets go of
    /// the folder. Readers and later appends get ``JournalError/closed``. Idempotent.
    public func close() {
        guard writer.close() else { return }
        for ledger in registry.all { ledger.fail(.closed) }
        do throws(JournalError) {
            try store.close()
        } catch {
            // The file is whole without this: the next opening reads the log.
            figures.logger.warning("the journal did not close cleanly", metadata: [
                JournalLogKeys.reason: "\(error)"
            ])
        }
    }

    /// For tests: makes the file unable to grow beyond its present size plus `pages`, or lifts that.
    func limitGrowth(toPages pages: Int?) throws(JournalError) {
        try store.limitGrowth(toPages: pages)
    }

    /// For tests: writes cursors and notes, now.
    func flushNow() {
        try? writer.runAlone { writer in
            writer.flushCursors()
            return .success(())
        }
    }

    /// For tests: deletes all that may be deleted, now.
    func trimNow() throws(JournalError) {
        try writer.runAlone { writer in
            while writer.trimChunk() {}
            return .success(())
        }
    }
}
