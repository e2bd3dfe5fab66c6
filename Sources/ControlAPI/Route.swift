/// What the API can be asked for.
enum Route: Sendable, Hashable {
    case events, health, readiness, status, metrics

    private static let table: [Substring: (method: String, route: Route)] = [
        "/events": ("POST", .events),
        "/healthz": ("GET", .health),
        "/readyz": ("GET", .readiness),
        "/status": ("GET", .status),
        "/metrics": ("GET", .metrics),
    ]

    enum Failure: Error {
        case noSuchPath
        case methodNotAllowed(allowed: String)
    }

    static func find(_ method: String, _ path: Substring) throws(Failure) -> Route {
        guard let entry = table[path] else { throw .noSuchPath }
        guard method == entry.method || method == "HEAD" && entry.method == "GET" else {
            throw .methodNotAllowed(allowed: entry.method == "GET" ? "GET, HEAD" : entry.method)
        }
        return entry.route
    }

    /// Whether probes may ask without the token (design.md 5.3).
    var isOpen: Bool { self == .health || self == .readiness }
}
