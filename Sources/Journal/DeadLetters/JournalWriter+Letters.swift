import Logging

extension JournalWriter {
    /// Letters were written, and others left for them.
    func note(_ letters: [NewDeadLetter], evicted: LetterTotals, _ state: inout State) {
        guard !letters.isEmpty || evicted.count > 0 else { return }
        state.letters.count += letters.count - evicted.count
        state.letters.bytes += letters.reduce(0) { $0 + $1.batch.encodedBytes } - evicted.bytes
        let totals = state.letters
        figures.update {
            $0.deadLetters = totals.count
            $0.deadLetterBytes = totals.bytes
            $0.deadLettersEvicted += evicted.count
        }
        guard evicted.count > 0 else { return }
        figures.logger.warning("dead letters left for new ones: their limit is reached", metadata: [
            JournalLogKeys.count: "\(evicted.count)"
        ])
    }
}
