/// Exponential back-off with full jitter: before attempt n the wait is drawn evenly from
/// zero to `min(cap, base * 2^n)`.
public struct BackOff: Sendable, Hashable {
    public var base: Duration
    public var cap: Duration

    public init(base: Duration = .milliseconds(500), cap: Duration = .seconds(60)) {
        self.base = base
        self.cap = cap
    }

    /// The longest wait after `failures` failed attempts in a row (1 or more).
    func ceiling(failures: Int) -> Duration {
        var ceiling = base
        for _ in 1..<max(failures, 1) where ceiling < cap {
            ceiling = ceiling * 2
        }
        return min(ceiling, cap)
    }

    func delay(failures: Int, random: inout some RandomNumberGenerator) -> Duration {
        let nanoseconds = ceiling(failures: failures) / .nanoseconds(1)
        return .nanoseconds(Int64(Double.random(in: 0..<1, using: &random) * nanoseconds))
    }
}
