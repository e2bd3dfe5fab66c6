import GRDB
import Logging
import Notifications
import Synchronization

extension JournalWriter {
    /// One transaction for the whole group; then the readers and the callers are told.
    func commit(_ group: CommitGroup) {
        guard group.isAwaited else {
            guard !group.notes.isEmpty else { return }
            state.withLock { $0.notes.add(group.notes) }
            cursorsMoved()
            return
        }
        let cursors = movedCursors()
        let outcome = state.withLock { state in
            apply(group, cursors: cursors, to: &state)
        }
        switch outcome {
        case .success(let rows):
            for (ledger, cursor) in cursors { ledger.persisted(cursor) }
            publish(rows)
            var row = rows.makeIterator()
            for (batch, completion) in group.appends {
                guard let row = row.next() else { break }
                completion(.success(AppendReceipt(
                    firstOffset: EventOffset(rawValue: row.firstOffset),
                    sequences: batch.count == 0 ? [] : row.sequences)))
            }
            for (_, completion) in group.deadLetters { completion(.success(())) }
        case .failure(let error):
            state.withLock { $0.notes.add(group.unawaitedNotes) }
            figures.update { $0.failedCommits += 1 }
            figures.logger.error("a commit failed; nothing of it was applied", metadata: [
                JournalLogKeys.count: "\(group.appends.reduce(0) { $0 + $1.batch.count })",
                JournalLogKeys.reason: "\(error)",
            ])
            for (_, completion) in group.appends { completion(.failure(error)) }
            for (_, completion) in group.deadLetters { completion(.failure(error)) }
        }
    }

    /// Numbers the events, writes the rows and commits; undoes the numbers if that fails.
    private func apply(
        _ group: CommitGroup, cursors: [(ledger: EndpointLedger, cursor: Int64)], to state: inout State
    ) -> Result<[NewRow], JournalError> {
        state.sequences.begin()
        var next = state.nextOffset
        var rows: [NewRow] = []
        rows.reserveCapacity(group.appends.count)
        for (batch, _) in group.appends {
            rows.append(NewRow(
                firstOffset: next, batch: batch, sequences: assign(batch, from: next, &state.sequences)))
            next += Int64(batch.count)
        }
        var notes = state.notes
        notes.add(group.notes)
        let markRows = state.marks.rows(for: notes.marks)
        let unwanted = state.unwanted + Int64(notes.unwanted)
        do throws(JournalError) {
            try store.transaction("committing events") { database in
                try Self.write(notes, unwanted: unwanted, markRows, state.marks, database)
                for row in rows where row.batch.count > 0 { try Store.insert(row, database) }
                for (letter, _) in group.deadLetters { try Store.insertDeadLetter(letter, database) }
                for (ledger, cursor) in cursors { try Store.setCursor(cursor, of: ledger.slot, database) }
            }
        } catch {
            state.sequences.rollback()
            return .failure(error)
        }
        state.sequences.commit()
        state.noted(unwanted: unwanted, markRows)
        let count = Int(next - state.nextOffset)
        state.nextOffset = next
        state.storedBytes += rows.reduce(0) { $0 + $1.batch.encodedBytes + $1.sequences.count * 4 }
        let (subjects, oldest) = (state.sequences.count, state.oldestOffset)
        figures.update {
            $0.eventsAppended += count
            $0.commits += 1
            $0.subjects = subjects
            $0.endOffset = EventOffset(rawValue: next)
            $0.oldestOffset = EventOffset(rawValue: oldest)
        }
        return .success(rows)
    }

    private func assign(
        _ batch: EncodedBatch, from offset: Int64, _ table: inout SequenceTable
    ) -> [SequenceNumber] {
        batch.headers.withUnsafeBytes { headers in
            var sequences: [SequenceNumber] = []
            sequences.reserveCapacity(batch.count)
            var offset = offset
            for unit in batch.units {
                sequences.append(table.assign(
                    UnsafeRawBufferPointer(rebasing: headers[unit.range]), kind: unit.kind, hash: unit.hash,
                    startsAnew: unit.startsAnew, offset: offset))
                offset += 1
            }
            return sequences
        }
    }

    /// Hands committed rows to the readers: first the events, then the word that they are there.
    private func publish(_ rows: [NewRow]) {
        let rows = rows.filter { $0.batch.count > 0 }
        guard let last = rows.last else { return }
        recent.append(rows.map { row in
            RecentBatch(
                firstOffset: row.firstOffset, events: row.batch.events, sequences: row.sequences,
                bytes: row.batch.residentBytes)
        })
        let end = last.firstOffset + Int64(last.batch.count)
        for ledger in registry.all {
            let count = rows.reduce(0) { $0 + Int($1.batch.endpointCounts[ledger.slot.index]) }
            ledger.committed(end: end, count: count)
        }
    }

    // MARK: Cursors

    func movedCursors() -> [(ledger: EndpointLedger, cursor: Int64)] {
        registry.all.compactMap { ledger in
            let cursor = ledger.cursor
            return cursor.moved ? (ledger, cursor.value) : nil
        }
    }

    /// Writes the cursors that moved since they were last written, and what was noted.
    func flushCursors() {
        let cursors = movedCursors()
        let error = state.withLock { state -> JournalError? in
            guard !cursors.isEmpty || !state.notes.isEmpty else { return nil }
            let markRows = state.marks.rows(for: state.notes.marks)
            let unwanted = state.unwanted + Int64(state.notes.unwanted)
            do throws(JournalError) {
                try store.transaction("writing cursors") { database in
                    try Self.write(state.notes, unwanted: unwanted, markRows, state.marks, database)
                    for (ledger, cursor) in cursors { try Store.setCursor(cursor, of: ledger.slot, database) }
                }
            } catch {
                return error
            }
            state.noted(unwanted: unwanted, markRows)
            return nil
        }
        if let error {
            // Events after the cursors on disk come twice if the process ends now; none is lost.
            figures.update { $0.failedCommits += 1 }
            figures.logger.warning("cursors could not be written", metadata: [
                JournalLogKeys.reason: "\(error)"
            ])
        } else {
            for (ledger, cursor) in cursors { ledger.persisted(cursor) }
        }
    }

    // MARK: Notes

    static func write(
        _ notes: IntakeNotes, unwanted: Int64, _ rows: [MarkIndex.NewRow], _ index: MarkIndex, _ database: Database
    ) throws {
        if notes.unwanted > 0 { try Store.set(.unwanted, to: unwanted, database) }
        for (marks, row) in zip(notes.marks, rows) {
            try Store.insertMarks(
                marks, id: row.id, deletingUpTo: index.lastSuperfluousRow(of: row.source, adding: row.count), database)
        }
    }
}

extension JournalWriter.State {
    /// What was noted is on disk.
    mutating func noted(unwanted total: Int64, _ rows: [MarkIndex.NewRow]) {
        notes = IntakeNotes()
        unwanted = total
        for row in rows { marks.add(MarkIndex.Row(id: row.id, count: row.count), of: row.source) }
    }
}
