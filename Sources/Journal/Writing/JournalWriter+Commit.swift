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
        let records = movedRecords()
        let outcome = state.withLock { state in
            apply(group, records: records, to: &state)
        }
        switch outcome {
        case .success(let written):
            for (ledger, record) in records { ledger.persisted(record) }
            publish(written.rows, unwanted: written.unwanted, at: written.time)
            bury(group, at: written.time)
            var row = written.rows.makeIterator()
            for (batch, completion) in group.appends {
                guard let row = row.next() else { break }
                completion(.success(AppendReceipt(
                    firstOffset: EventOffset(rawValue: row.firstOffset),
                    sequences: batch.count == 0 ? [] : row.sequences)))
            }
            for (_, _, completion) in group.deadLetters { completion(.success(())) }
        case .failure(let error):
            state.withLock { $0.notes.add(group.unawaitedNotes) }
            figures.update { $0.failedCommits += 1 }
            figures.logger.error("a commit failed; nothing of it was applied", metadata: [
                JournalLogKeys.count: "\(group.appends.reduce(0) { $0 + $1.batch.count })",
                JournalLogKeys.reason: "\(error)",
            ])
            for (_, completion) in group.appends { completion(.failure(error)) }
            for (_, _, completion) in group.deadLetters { completion(.failure(error)) }
        }
    }

    private struct Written {
        var rows: [NewRow]
        var unwanted: Int
        var time: Int64
    }

    /// Numbers the events, writes the rows and commits; undoes the numbers if that fails.
    private func apply(
        _ group: CommitGroup, records: [(ledger: EndpointLedger, record: StoredEndpoint)], to state: inout State
    ) -> Result<Written, JournalError> {
        let time = clock.now
        state.sequences.begin()
        var next = state.nextOffset
        var rows: [NewRow] = []
        rows.reserveCapacity(group.appends.count)
        for (batch, _) in group.appends {
            rows.append(NewRow(
                firstOffset: next, batch: batch, sequences: assign(batch, from: next, &state.sequences),
                arrivedAtMilliseconds: time))
            next += Int64(batch.count)
        }
        let jottings = Jottings(state, adding: group.notes, clock: clock)
        let letters = group.deadLetters.map(\.letter)
        let evicted: LetterTotals
        do throws(JournalError) {
            evicted = try store.transaction("committing events") { database in
                try jottings.write(state.marks, database)
                for row in rows where row.batch.count > 0 { try Store.insert(row, database) }
                for (_, record) in records { try Store.update(record, database) }
                return try Store.insertDeadLetters(letters, present: state.letters, limits: state.letterLimits, database)
            }
        } catch {
            state.sequences.rollback()
            return .failure(error)
        }
        state.sequences.commit()
        state.noted(jottings)
        note(letters, evicted: evicted, &state)
        advance(&state, to: next, storing: rows)
        return .success(Written(rows: rows, unwanted: jottings.notes.unwanted, time: time))
    }

    /// The rows are on disk.
    func advance(_ state: inout State, to next: Int64, storing rows: [NewRow]) {
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
    func publish(_ rows: [NewRow], unwanted: Int, at time: Int64) {
        let ledgers = registry.all
        if unwanted > 0 {
            for ledger in ledgers { ledger.noted(unwanted: unwanted) }
        }
        let rows = rows.filter { $0.batch.count > 0 }
        guard let first = rows.first, let last = rows.last else { return }
        arrivalTimes.add(offset: first.firstOffset, time: time)
        recent.append(rows.map { row in
            RecentBatch(
                firstOffset: row.firstOffset, events: row.batch.events, sequences: row.sequences,
                sizes: row.batch.sizes, bytes: row.batch.residentBytes)
        })
        for ledger in ledgers {
            var arrivals = Arrivals(end: last.firstOffset + Int64(last.batch.count))
            for row in rows { arrivals.add(row, slot: ledger.slot) }
            ledger.committed(arrivals, at: time)
        }
    }

    /// The letters are on disk: their events are settled before anybody is told.
    private func bury(_ group: CommitGroup, at time: Int64) {
        guard !group.deadLetters.isEmpty else { return }
        for (letter, ledger, _) in group.deadLetters { ledger.buried(letter.offset.rawValue, at: time) }
        cursorsMoved()
    }

    // MARK: Cursors

    func movedRecords() -> [(ledger: EndpointLedger, record: StoredEndpoint)] {
        registry.all.compactMap { ledger in ledger.movedRecord.map { (ledger, $0) } }
    }

    /// Writes the cursors that moved since they were last written, and what was noted.
    func flushCursors() {
        let records = movedRecords()
        var unwanted = 0
        let error = state.withLock { state -> JournalError? in
            let jottings = Jottings(state, adding: IntakeNotes(), clock: clock)
            guard !records.isEmpty || !jottings.isEmpty else { return nil }
            do throws(JournalError) {
                try store.transaction("writing cursors") { database in
                    try jottings.write(state.marks, database)
                    for (_, record) in records { try Store.update(record, database) }
                }
            } catch {
                return error
            }
            state.noted(jottings)
            unwanted = jottings.notes.unwanted
            return nil
        }
        if let error {
            // Events after the cursors on disk come twice if the process ends now; none is lost.
            figures.update { $0.failedCommits += 1 }
            figures.logger.warning("cursors could not be written", metadata: [
                JournalLogKeys.reason: "\(error)"
            ])
            return
        }
        for (ledger, record) in records { ledger.persisted(record) }
        publish([], unwanted: unwanted, at: clock.now)
    }
}

extension Arrivals {
    fileprivate mutating func add(_ row: NewRow, slot: EndpointSlot) {
        let own = Int(row.batch.endpointCounts[slot.index])
        count += own
        bytes += row.batch.endpointBytes[slot.index]
        guard row.kind == .intake else { return }
        intake += row.batch.count
        intakeCount += own
    }
}
