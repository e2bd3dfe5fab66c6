/// What became of a damaged journal.
struct SalvageReport: Sendable, Hashable {
    /// Where the damaged file is now.
    var file: String
    var rowsKept = 0
    /// Rows of events that could not be read; more than those if not ``isComplete``.
    var rowsLost = 0
    var eventsLost = 0
    var deadLettersKept = 0
    var deadLettersLost = 0
    /// False where not even the number of rows is known.
    var isComplete = false
    /// How far every subject's sequence number leaps, so that none that was given is given again.
    /// 0: no number was lost, or nothing could be read and all begin at 1.
    var sequenceLeap: Int32 = 0
}
