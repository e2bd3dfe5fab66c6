/// What the API can be asked for (design.md 5.3).
enum Route: Sendable, Hashable {
    case events, health, readiness, status, metrics
    case deadLetters(DeadLettersRoute.Request)

    private typealias Entry = (pattern: [Substring], methods: [(method: String, route: @Sendable (Int64) -> Route)])

    private static let table: [Entry] = [
        (["events"], [("POST", { _ in .events })]),
        (["healthz"], [("GET", { _ in .health })]),
        (["readyz"], [("GET", { _ in .readiness })]),
        (["status"], [("GET", { _ in .status })]),
        (["metrics"], [("GET", { _ in .metrics })]),
        (["deadletters"], [("GET", { _ in .deadLetters(.page) }), ("DELETE", { _ in .deadLetters(.purge) })]),
        (["deadletters", "groups"], [("GET", { _ in .deadLetters(.groups) })]),
        (["deadletters", "redrive"], [("POST", { _ in .deadLetters(.redrive) })]),
        (["deadletters", id], [("GET", { .deadLetters(.show($0)) }), ("DELETE", { .deadLetters(.delete($0)) })]),
    ]

    /// Stands for a number in a pattern.
    private static let id: Substring = "{id}"

    enum Failure: Error {
        case noSuchPath
        case methodNotAllowed(allowed: String)
    }

    static func find(_ method: String, _ path: Substring) throws(Failure) -> Route {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for entry in table {
            guard let number = match(entry.pattern, parts) else { continue }
            let methods = entry.methods
            if let found = methods.first(where: { $0.method == method || method == "HEAD" && $0.method == "GET" }) {
                return found.route(number)
            }
            let allowed = methods.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
            throw .methodNotAllowed(allowed: allowed.joined(separator: ", "))
        }
        throw .noSuchPath
    }

    /// The number in the place of ``id``, 0 where the pattern has none; `nil`: another path.
    private static func match(_ pattern: [Substring], _ parts: ArraySlice<Substring>) -> Int64? {
        guard pattern.count == parts.count else { return nil }
        var number: Int64 = 0
        for (wanted, part) in zip(pattern, parts) {
            if wanted == id {
                guard let value = Int64(part), value > 0 else { return nil }
                number = value
            } else if wanted != part {
                return nil
            }
        }
        return number
    }

    /// Whether probes may ask without the token (design.md 5.3).
    var isOpen: Bool { self == .health || self == .readiness }
}
