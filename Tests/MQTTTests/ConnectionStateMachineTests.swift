import Testing

@testable import MQTT

@Suite("Connection state machine")
struct ConnectionStateMachineTests {
    /// Draws the largest number there is, so that each wait is the longest possible one.
    struct Longest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    struct Shortest: RandomNumberGenerator {
        mutating func next() -> UInt64 { 0 }
    }

    let start = ContinuousClock.now
    let backOff = BackOff(base: .seconds(1), cap: .seconds(10))

    func machine() -> ConnectionStateMachine {
        ConnectionStateMachine(backOff: backOff, connectTimeout: .seconds(5))
    }

    func wait(_ action: ConnectionStateMachine.Action) -> Duration? {
        if case .wait(let duration, _) = action { duration } else { nil }
    }

    @Test("connects at once, with a deadline")
    func first() {
        var machine = machine()
        #expect(machine.next(now: start) == .connect(attempt: 1, deadline: start + .seconds(5)))
    }

    @Test("doubles the longest wait up to the cap")
    func doubles() {
        var machine = machine()
        var random = Longest()
        var now = start
        var waits: [Int64] = []
        for attempt in 1...7 {
            #expect(machine.next(now: now) == .connect(attempt: attempt, deadline: now + .seconds(5)))
            let delay = wait(machine.ended(now: now, random: &random)) ?? .zero
            waits.append(Int64((delay / .seconds(1)).rounded()))
            now += delay + .milliseconds(1)
        }
        #expect(waits == [1, 2, 4, 8, 10, 10, 10])
    }

    @Test("draws the wait from zero on")
    func jitter() {
        var machine = machine()
        var random = Shortest()
        _ = machine.next(now: start)
        #expect(wait(machine.ended(now: start, random: &random)) == .zero)
        #expect(machine.next(now: start) == .connect(attempt: 2, deadline: start + .seconds(5)))
    }

    @Test("woken before its time, waits for the rest")
    func wokenEarly() {
        var machine = machine()
        var random = Longest()
        _ = machine.next(now: start)
        guard case .wait(_, let until) = machine.ended(now: start, random: &random) else {
            Issue.record("no wait")
            return
        }
        let early = until - .milliseconds(300)
        #expect(machine.next(now: early) == .wait(.milliseconds(300), until: until))
        #expect(machine.next(now: until) == .connect(attempt: 2, deadline: until + .seconds(5)))
    }

    @Test("an acknowledged batch, or lasting as long as the cap, proves a connection; being accepted does not")
    func proof() {
        var random = Longest()
        func failures(after use: (inout ConnectionStateMachine) -> ContinuousClock.Instant) -> Int {
            var machine = machine()
            for _ in 1...4 {
                _ = machine.next(now: start + .seconds(3600))
                _ = machine.ended(now: start, random: &random)
            }
            _ = machine.next(now: start + .seconds(3600))
            let end = use(&machine)
            _ = machine.ended(now: end, random: &random)
            return machine.failures
        }
        #expect(failures { machine in
            machine.connected(now: start)
            return start + .seconds(9)
        } == 5)
        #expect(failures { machine in
            machine.connected(now: start)
            return start + .seconds(10)
        } == 1)
        #expect(failures { machine in
            machine.connected(now: start)
            machine.acknowledged()
            return start
        } == 1)
    }

    @Test("stops from every state, for good")
    func stops() {
        var random = Shortest()
        var machine = machine()
        machine.stop()
        #expect(machine.next(now: start) == .stop)
        #expect(machine.ended(now: start, random: &random) == .stop)
        machine.connected(now: start)
        #expect(machine.next(now: start) == .stop)
    }

    @Test("the hold limit never exceeds half a keep-alive")
    func holdLimit() {
        var configuration = ConnectionConfiguration.test(port: 1)
        configuration.acknowledgementHoldLimit = .seconds(10)
        #expect(configuration.acknowledgementHoldLimit(keepAliveSeconds: 60) == .seconds(10))
        #expect(configuration.acknowledgementHoldLimit(keepAliveSeconds: 5) == .milliseconds(2500))
        #expect(configuration.acknowledgementHoldLimit(keepAliveSeconds: 0) == .seconds(10))
    }
}
