/// How much goes by in a second, over the last half minute.
struct RateMeter: Sendable {
    private static let seconds = 30

    private var events = [Int](repeating: 0, count: seconds)
    private var bytes = [Int](repeating: 0, count: seconds)
    /// The second that was written last, and the first one.
    private var second: Int64?
    private var began: Int64 = 0

    /// `now` in milliseconds, never going back.
    mutating func add(events count: Int, bytes size: Int, at now: Int64) {
        if second == nil { began = now }
        advance(to: now / 1000)
        events[Self.index(now / 1000)] += count
        bytes[Self.index(now / 1000)] += size
    }

    func rate(at now: Int64) -> EventRate {
        var copy = self
        guard second != nil else { return EventRate() }
        copy.advance(to: now / 1000)
        let first = max(began, (now / 1000 - Int64(Self.seconds) + 1) * 1000)
        let duration = Double(max(1000, now - first)) / 1000
        return EventRate(
            eventsPerSecond: Double(copy.events.reduce(0, +)) / duration,
            bytesPerSecond: Double(copy.bytes.reduce(0, +)) / duration)
    }

    private static func index(_ second: Int64) -> Int { Int(second % Int64(seconds)) }

    private mutating func advance(to new: Int64) {
        let old = second ?? new
        guard new > old || second == nil else { return }
        for passed in 0..<min(new - old, Int64(Self.seconds)) {
            events[Self.index(new - passed)] = 0
            bytes[Self.index(new - passed)] = 0
        }
        second = new
    }
}

/// Events and bytes a second, over about the last 30 seconds.
public struct EventRate: Sendable, Hashable {
    public var eventsPerSecond: Double
    public var bytesPerSecond: Double

    public init(eventsPerSecond: Double = 0, bytesPerSecond: Double = 0) {
        self.eventsPerSecond = eventsPerSecond
        self.bytesPerSecond = bytesPerSecond
    }
}
