/// All metadata keys that this module logs with.
enum LogKey {
    static let entity = "entity"
    static let peer = "peer"
    static let reason = "reason"
}
