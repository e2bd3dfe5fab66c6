/// All metadata keys that this module logs with.
enum LogKey {
    static let endpoint = "endpoint"
    static let reason = "reason"
    static let routes = "routes"
}
