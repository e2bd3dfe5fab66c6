import GRDB
import Logging
import Notifications
import Synchronization

extension JournalWriter {
    /// One transaction for the whole group; then the readers and the callers are told.
    func commit(_ group: CommitGroup) {
        guard !group.isEmpty else { return }
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
        do throws(JournalError) {
            try store.transaction("committing events") { database in
                for row in rows where row.batch.count > 0 { try Store.insert(row, database) }
                for (letter, _) in group.deadLetters { try Store.insertDeadLetter(letter, database) }
                for (ledger, cursor) in cursors { try Store.setCursor(cursor, of: ledger.slot, database) }
            }
        } catch {
            state.sequences.rollback()
            return .failure(error)
        }
        state.sequences.commit()
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

    /// Writes the cursors that moved since they were last written.
    func flushCursors() {
        let cursors = movedCursors()
        guard !cursors.isEmpty else { return }
        do throws(JournalError) {
            try store.transaction("writing cursors") { database in
                for (ledger, cursor) in cursors { try Store.setCursor(cursor, of: ledger.slot, database) }
            }
            for (ledger, cursor) in cursors { ledger.persisted(cursor) }
        } catch {
            // Events after the cursors on disk come twice if the process ends now; none is lost.
            figures.update { $0.failedCommits += 1 }
            figures.logger.warning("cursors could not be written", metadata: [
                JournalLogKeys.reason: "\(error)"
            ])
        }
    }
}
