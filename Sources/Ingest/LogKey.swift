/// All metadata keys that this module logs with.
enum LogKey {
    static let attempt = "attempt"
    static let broker = "broker"
    static let events = "events"
    static let grantedQoS = "granted-qos"
    static let reason = "reason"
    static let sessionPresent = "session-present"
    static let topic = "topic"
    static let wait = "wait"
}
