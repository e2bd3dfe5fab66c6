/// When the next message is due at a steady rate.
struct Pace {
    /// Messages a second; 0 is as fast as possible.
    let rate: Double
    private let start: ContinuousClock.Instant
    /// Waiting for less is not worth a timer; the rate holds on average.
    private static let grain: Duration = .milliseconds(5)

    init(rate: Double, start: ContinuousClock.Instant = .now) {
        self.rate = rate
        self.start = start
    }

    /// How long to wait before message number `sent` (from 0), if at all.
    func wait(sent: Int, now: ContinuousClock.Instant = .now) -> Duration? {
        guard rate > 0 else { return nil }
        let due = start + .seconds(Double(sent) / rate)
        let wait = due - now
        return wait > Self.grain ? wait : nil
    }
}
