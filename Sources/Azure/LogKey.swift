/// The metadata keys of this module's log lines.
enum LogKey {
    static let condition = "condition"
    static let entity = "entity"
    static let host = "host"
    static let reason = "reason"
    static let wait = "wait"
}
