import Notifications

/// Figures of one instant.
public struct JournalStatistics: Sendable, Hashable {
    /// Events committed since the journal was opened.
    public var eventsAppended = 0
    /// Transactions that carried events since the journal was opened.
    public var commits = 0
    /// Transactions that failed since the journal was opened.
    public var failedCommits = 0
    /// Events on disk, waiting or about to be trimmed.
    public var eventsStored = 0
    /// Size of the database file and its log in bytes.
    public var bytesOnDisk: Int64 = 0
    /// The first event still on disk; equal to ``endOffset`` when there is none.
    public var oldestOffset = EventOffset(rawValue: 0)
    /// The offset that the next event will have.
    public var endOffset = EventOffset(rawValue: 0)
    /// Rows that could not be read since the journal was opened; each was named in the log.
    public var damagedRows = 0
    /// Events in those rows, as far as known.
    public var damagedEvents = 0
    /// Damaged journals that were set aside since this one was opened, by path. What they held and
    /// could be read is in this one.
    public var setAside: [String] = []
    /// Dead letters on disk, and their bytes.
    public var deadLetters = 0
    public var deadLetterBytes = 0
    /// Dead letters that the limits made leave, since the journal was created.
    public var deadLettersEvicted = 0
    /// Subjects with a sequence number.
    public var subjects = 0
    /// Bytes of recent batches kept in memory.
    public var recentBytes = 0
    /// Events not settled yet, by endpoint.
    public var waiting: [EndpointID: Int] = [:]
}
