import Delivery
import Testing

@Suite("Outage clock")
struct OutageClockTests {
    @Test("seconds until the limit at the present rate", arguments: [
        (0 as Int64, 1_000 as Int64?, 10.0, 0.0, 100.0 as Double?), (900, 1_000, 10, 0, 10), (900, 1_000, 10, 5, 20),
        (1_000, 1_000, 0, 0, 0), (2_000, 1_000, 0, 9, 0), (900, 1_000, 5, 10, nil), (900, 1_000, 0, 0, nil),
        (900, nil, 10, 0, nil),
    ])
    func full(waiting: Int64, limit: Int64?, rateIn: Double, rateOut: Double, expected: Double?) {
        let clock = OutageClock(waitingBytes: waiting, limitBytes: limit, rateIn: rateIn, rateOut: rateOut)
        #expect(clock.secondsUntilFull == expected)
    }

    @Test("seconds until nothing waits", arguments: [
        (1_000 as Int64, 0.0, 10.0, 100.0 as Double?), (1_000, 5, 10, 200), (0, 10, 0, 0), (1_000, 10, 10, nil), (1_000, 10, 0, nil),
    ])
    func drained(waiting: Int64, rateIn: Double, rateOut: Double, expected: Double?) {
        let clock = OutageClock(waitingBytes: waiting, limitBytes: nil, rateIn: rateIn, rateOut: rateOut)
        #expect(clock.secondsUntilDrained == expected)
    }
}
