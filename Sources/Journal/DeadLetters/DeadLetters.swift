import GRDB
import Logging
import Notifications
import Synchronization

/// The dead letters of a journal: to look at, to delete, and to make events of again.
public struct DeadLetters: Sendable {
    /// Letters that one transaction deletes or redrives at most; others come between.
    static let chunk = 1000
    /// And the bytes of those that it redrives.
    static let chunkBytes = 8 * 1024 * 1024

    let writer: JournalWriter

    // MARK: Looking

    /// Letters without their bodies, the oldest first. The next page begins after the last id.
    ///
    /// Throws ``JournalError/storage(_:)`` and ``JournalError/closed``, as all calls here do.
    public func page(_ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int) async throws(JournalError) -> [DeadLetter] {
        try await read { try Store.deadLetters(filter, limit: max(0, limit), withBodies: false, $0) }.map(\.letter)
    }

    /// One letter, with its body; `nil` if there is none with that id.
    public func get(_ id: Int64) async throws(JournalError) -> DeadLetter? {
        try await read { try Store.deadLetters(DeadLetterFilter(ids: [id]), limit: 1, withBodies: true, $0) }.first?.letter
    }

    /// The letters by endpoint and condition.
    public func groups(_ filter: DeadLetterFilter = DeadLetterFilter()) async throws(JournalError) -> [DeadLetterGroup] {
        try await read { try Store.deadLetterGroups(filter, $0) }
    }

    /// How many a purge or a redrive would be about.
    public func count(_ filter: DeadLetterFilter = DeadLetterFilter()) async throws(JournalError) -> Int {
        try await read { try Store.deadLetterCount(filter, $0) }
    }

    /// The highest id among them; `nil` if there is none.
    public func newest(_ filter: DeadLetterFilter = DeadLetterFilter()) async throws(JournalError) -> Int64? {
        try await read { try Store.newestDeadLetter(filter, $0) }
    }

    private func read<R: Sendable>(_ work: @escaping @Sendable (Database) throws -> R) async throws(JournalError) -> R {
        try await writer.store.read("reading dead letters", work)
    }

    // MARK: Deleting

    /// Deletes letters for good. They stay counted as dead-lettered. Returns how many there were.
    public func purge(_ filter: DeadLetterFilter) async throws(JournalError) -> Int {
        var count = 0
        while !Task.isCancelled {
            let purged = try await writer.runAloneAsync { writer in
                Result { () throws(JournalError) in try writer.purgeChunk(filter) }
            }
            count += purged
            if purged < Self.chunk { break }
        }
        return count
    }

    /// Sets how many letters are kept; the oldest beyond that leave at once.
    public func setLimits(_ limits: DeadLetterLimits) async throws(JournalError) {
        try await writer.runAloneAsync { writer in
            Result { () throws(JournalError) in try writer.set(limits) }
        }
    }

    // MARK: Redriving

    /// Makes events of up to `limit` letters again, the oldest first, each for its endpoint alone,
    /// with the id and the sequence number that it had; they come after all that waits. In one
    /// transaction, so at most 1,000 of them or about 8 MiB: call again with
    /// ``DeadLetterFilter/after`` for the rest. In the books they move from dead-lettered to
    /// waiting.
    public func redrive(_ filter: DeadLetterFilter, limit: Int) async throws(JournalError) -> RedriveResult {
        try await writer.runAloneAsync { writer in
            Result { () throws(JournalError) in try writer.redrive(filter, limit: min(limit, Self.chunk)) }
        }
    }
}

extension JournalWriter {
    fileprivate func purgeChunk(_ filter: DeadLetterFilter) throws(JournalError) -> Int {
        let purged = try store.transaction("deleting dead letters") {
            try Store.deleteDeadLetters(filter, limit: DeadLetters.chunk, $0)
        }
        state.withLock { lettersLeft(purged, &$0) }
        return purged.count
    }

    fileprivate func set(_ limits: DeadLetterLimits) throws(JournalError) {
        let error = state.withLock { state -> JournalError? in
            state.letterLimits = limits
            let present = state.letters
            do throws(JournalError) {
                let evicted = try store.transaction("bounding dead letters") {
                    try Store.evict(present, limits: limits, $0)
                }
                note([], evicted: evicted, &state)
            } catch {
                return error
            }
            return nil
        }
        if let error { throw error }
    }

    /// Letters were deleted, by someone's wish.
    func lettersLeft(_ totals: LetterTotals, _ state: inout State) {
        guard totals.count > 0 else { return }
        state.letters.count -= totals.count
        state.letters.bytes -= totals.bytes
        state.mayShrink = true
        let left = state.letters
        figures.update {
            $0.deadLetters = left.count
            $0.deadLetterBytes = left.bytes
        }
    }
}

extension Journal {
    /// The events that are not tried again.
    public var deadLetters: DeadLetters { DeadLetters(writer: writer) }
}
