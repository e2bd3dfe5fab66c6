/// Lets one refusal of a kind through to the log in ten seconds: a device that sends nothing but
/// bad messages must not fill the disk with complaints. The counters count them all.
struct RefusalLog {
    private static let intervalTicks: Int64 = 10 * 10_000_000
    private var lastLogged: [String: Int64] = [:]

    mutating func shouldLog(_ label: String, at now: WallTime) -> Bool {
        if let last = lastLogged[label], now.ticks >= last, now.ticks - last < Self.intervalTicks { return false }
        lastLogged[label] = now.ticks
        return true
    }
}
