/// Metadata keys of this module's log lines.
enum JournalLogKeys {
    static let folder = "journal_folder"
    static let offset = "journal_offset"
    static let count = "journal_count"
    static let endpoint = "endpoint"
    static let policy = "limit_policy"
    static let reason = "reason"
    static let segment = "journal_segment"
}
