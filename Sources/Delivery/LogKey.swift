/// All metadata keys that this module logs with.
enum LogKey {
    static let condition = "condition"
    static let endpoint = "endpoint"
    static let events = "events"
    static let failures = "failures"
    static let key = "key"
    static let kind = "kind"
    static let offset = "offset"
    static let reason = "reason"
    static let state = "state"
    static let wait = "wait"
}
