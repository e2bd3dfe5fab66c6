/// Metadata keys of this module's log lines.
enum JournalLogKeys {
    static let folder = "journal_folder"
    static let offset = "journal_offset"
    static let count = "journal_count"
    static let endpoint = "endpoint"
    static let policy = "limit_policy"
    static let reason = "reason"
    static let file = "journal_file"
    static let rowsKept = "rows_kept"
    static let rowsLost = "rows_lost"
    static let eventsLost = "events_lost"
    static let lettersLost = "dead_letters_lost"
    static let sequenceLeap = "sequence_leap"
    static let segment = "journal_segment"
}
