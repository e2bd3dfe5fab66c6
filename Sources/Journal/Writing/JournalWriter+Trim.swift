import Dispatch
import GRDB
import Logging
import Notifications
import Synchronization

/// Deleting what every endpoint has passed, and giving the space back.
extension JournalWriter {
    /// In the middle of a load: only when so much may go that waiting for a rest is worse.
    func trimIfFarBehind() {
        while trimmableBytes >= tuning.trimBehindBytes {
            guard trimChunk() else { return }
            if !isInboxEmpty { return }
        }
    }

    /// After the load: a chunk at a time, for as long as nothing else waits.
    func scheduleMaintenance() {
        let schedule = state.withLock { state in
            guard !state.isMaintenanceScheduled, state.mayShrink || state.oldestOffset < floor(state) else {
                return false
            }
            state.isMaintenanceScheduled = true
            return true
        }
        if schedule { runMaintenance(after: tuning.maintenanceDelay) }
    }

    private func runMaintenance(after delay: DispatchTimeInterval) {
        queue.asyncAfter(deadline: .now() + delay) { [weak self] in
            guard let self, !isClosed else { return }
            let isMore = isInboxEmpty && (trimChunk() || shrinkFile())
            if isMore { return runMaintenance(after: .nanoseconds(0)) }
            // If something waits, the writer's turn that takes it schedules the rest.
            let isDone = isInboxEmpty
            state.withLock { state in
                state.isMaintenanceScheduled = false
                if isDone { state.mayShrink = false }
            }
        }
    }

    private func floor(_ state: borrowing State) -> Int64 {
        registry.all.map(\.cursor).min() ?? state.nextOffset
    }

    private var trimmableBytes: Int {
        state.withLock { state in
            let events = state.nextOffset - state.oldestOffset
            guard events > 0 else { return 0 }
            let share = Double(max(0, floor(state) - state.oldestOffset)) / Double(events)
            return Int(Double(state.storedBytes) * share)
        }
    }

    /// Deletes some rows that no endpoint needs. Returns whether any were deleted.
    func trimChunk() -> Bool {
        do throws(JournalError) {
            return try state.withLock { state throws(JournalError) in try trimChunk(&state) }
        } catch {
            figures.logger.warning("rows could not be trimmed; trying again later", metadata: [
                JournalLogKeys.reason: "\(error)"
            ])
            return false
        }
    }

    private func trimChunk(_ state: inout State) throws(JournalError) -> Bool {
        let records = registry.all.map { ($0, $0.record) }
        let floor = records.map(\.1.cursor).min() ?? state.nextOffset
        recent.drop(below: floor)
        guard floor > state.oldestOffset else { return false }

        let oldest = state.oldestOffset
        let rows = try store.direct("looking for rows to trim") { database in
            try Store.keys(from: oldest, limit: 4096, database)
        }
        var (cutoff, bytes, isLast) = (oldest, 0, rows.count < 4096)
        for row in rows {
            guard row.endOffset <= floor, bytes < tuning.trimChunkBytes else {
                isLast = false
                break
            }
            cutoff = row.endOffset
            bytes += row.bytes
        }
        if isLast { cutoff = max(cutoff, floor) }
        guard cutoff > oldest else { return false }

        let unlogged = state.sequences.unloggedEntries(below: cutoff)
        let added = SubjectSegment.encode(unlogged, of: state.sequences)
        let nextOffset = state.nextOffset
        var segments = state.segments
        try store.transaction("trimming") { database in
            for (_, record) in records { try Store.update(record, database) }
            try Store.set(.nextOffset, to: nextOffset, database)
            for segment in added { try self.add(segment, to: &segments, database) }
            try self.rewriteOldSegments(&segments, state.sequences, database)
            try Store.deleteRows(below: cutoff, database)
        }
        for (ledger, record) in records { ledger.persisted(record) }
        state.sequences.markLogged(below: cutoff)
        state.segments = segments
        state.oldestOffset = cutoff
        arrivalTimes.drop(below: cutoff)
        state.mayShrink = true
        state.storedBytes = cutoff == nextOffset ? 0 : max(0, state.storedBytes - bytes)
        figures.update { $0.oldestOffset = EventOffset(rawValue: cutoff) }
        return true
    }

    private func add(
        _ segment: SubjectSegment.Encoded, to segments: inout [SegmentInfo], _ database: Database
    ) throws {
        let id = (segments.last?.id ?? 0) + 1
        try Store.insertSegment(segment, id: id, database)
        segments.append(SegmentInfo(id: id, bytes: segment.entries.count))
    }

    /// Keeps the log of numbers within about twice the size of what is live in it.
    private func rewriteOldSegments(
        _ segments: inout [SegmentInfo], _ table: borrowing SequenceTable, _ database: Database
    ) throws {
        let liveBytes = table.nameBytes + table.count * 12
        for _ in 0..<2 {
            let total = segments.reduce(0) { $0 + $1.bytes }
            guard segments.count > 1, total > 2 * liveBytes + 256 * 1024 || segments.count > 4096 else { return }
            let oldest = segments.removeFirst()
            if let stored = try Store.segment(oldest.id, database), Checksum.of(stored.entries) == stored.checksum,
                let live = try SubjectSegment.rewrite(stored.entries, of: table) {
                try add(live, to: &segments, database)
            }
            try Store.deleteSegment(oldest.id, database)
        }
    }

    /// Moves a bounded number of free pages to the file's end and cuts them off. Returns whether
    /// there is more.
    private func shrinkFile() -> Bool {
        let slack = tuning.slackBytes
        let isMore = try? store.direct("shrinking the file") { database in
            let pages = try Store.pages(database)
            let spare = pages.free - slack / pages.bytesEach
            guard spare > 0 else { return false }
            try database.execute(sql: "PRAGMA incremental_vacuum(\(min(spare, 1024)))")
            guard spare <= 1024 else { return true }
            // The file itself gets shorter when the log is copied into it.
            _ = try? database.checkpoint(.passive)
            return false
        }
        return isMore ?? false
    }
}
