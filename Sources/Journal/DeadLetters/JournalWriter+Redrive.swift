import GRDB
import Logging
import Notifications
import Synchronization

extension JournalWriter {
    /// What of the letters that were read becomes events.
    private struct Revival {
        var result = RedriveResult()
        var events: [PendingEvent] = []
        var sequences: [SequenceNumber] = []
        var letterBytes = 0
        /// By endpoint: its own letters, and those of an earlier registration.
        var counts: [EndpointID: (own: Int, strange: Int)] = [:]

        mutating func add(_ letter: StoredDeadLetter, ledger: EndpointLedger?) {
            guard let ledger else { return result.withoutEndpoint.append(letter.id) }
            guard var notification = try? letter.notification() else { return result.unreadable.append(letter.id) }
            notification.sequence = nil
            result.redriven.append(letter.id)
            events.append(PendingEvent(notification: notification, endpoints: [ledger.slot]))
            sequences.append(SequenceNumber(rawValue: Int32(truncatingIfNeeded: letter.sequence)))
            letterBytes += letter.bytes
            if letter.offset >= ledger.startOffset {
                counts[ledger.id, default: (0, 0)].own += 1
            } else {
                counts[ledger.id, default: (0, 0)].strange += 1
            }
        }
    }

    func redrive(_ filter: DeadLetterFilter, limit: Int) throws(JournalError) -> RedriveResult {
        guard limit > 0 else { return RedriveResult() }
        let letters = try store.direct("reading dead letters") { database in
            try Store.deadLetters(
                filter, limit: limit, maximumBytes: DeadLetters.chunkBytes, withBodies: true, database)
        }
        var revival = Revival()
        for letter in letters { revival.add(letter, ledger: registry.ledger(letter.endpoint)) }
        guard !revival.events.isEmpty else { return revival.result }

        let batch = try RowEncoder.encode(JournalBatch(events: revival.events))
        let time = clock.now
        let row = try state.withLock { state throws(JournalError) in
            try store(revival, batch, at: time, &state)
        }
        for (endpoint, counts) in revival.counts {
            registry.ledger(endpoint)?.revived(own: counts.own, strange: counts.strange)
        }
        publish([row], unwanted: 0, at: time)
        return revival.result
    }

    private func store(
        _ revival: Revival, _ batch: EncodedBatch, at time: Int64, _ state: inout State
    ) throws(JournalError) -> NewRow {
        let row = NewRow(
            firstOffset: state.nextOffset, batch: batch, sequences: revival.sequences, kind: .redrive,
            arrivedAtMilliseconds: time)
        let redriven = state.totals.redriven + Int64(batch.count)
        try store.transaction("redriving dead letters") { database in
            try Store.insert(row, database)
            try Store.set(.redriven, to: redriven, database)
            try Store.delete(revival.result.redriven, database)
            for (endpoint, counts) in revival.counts {
                try Store.revive(own: counts.own, strange: counts.strange, of: endpoint, database)
            }
        }
        state.totals.redriven = redriven
        lettersLeft(LetterTotals(count: batch.count, bytes: revival.letterBytes), &state)
        advance(&state, to: row.firstOffset + Int64(batch.count), storing: [row])
        return row
    }
}
