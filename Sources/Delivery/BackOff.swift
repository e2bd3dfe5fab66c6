/// How long to wait before the next try: exponential with full jitter, up to 30 minutes
/// (seed "Egress and endpoints").
struct BackOff: Sendable {
    var base: Duration = .milliseconds(200)
    var cap: Duration = .seconds(30 * 60)
    private(set) var failures = 0

    /// - Parameter random: from 0 to 1.
    mutating func next(random: Double = .random(in: 0...1)) -> Duration {
        let ceiling = min(cap, base * (1 << min(failures, 30)))
        failures += 1
        return ceiling * random
    }

    mutating func reset() {
        failures = 0
    }
}
