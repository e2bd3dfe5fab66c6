import Notifications
import Testing

@testable import Journal

@Suite struct GateStateTests {
    private func reasons(_ state: inout GateState, bytes: Int, age: Duration? = nil) -> [GateReason] {
        let limits = BacklogLimits(bytes: 1000, age: .seconds(100), whenFull: .block)
        state.update([GateState.Backlog(id: "a", limits: limits, bytes: bytes, age: age)], available: nil, floor: nil)
        return state.reasons
    }

    @Test("it closes at the limit on bytes and opens at nine tenths of it")
    func bytes() {
        var state = GateState()
        for (bytes, closed) in [(0, false), (999, false), (1000, true), (901, true), (900, false), (950, false), (2000, true)] {
            #expect(reasons(&state, bytes: bytes) == (closed ? [.endpoint("a", .bytes)] : []), "\(bytes)")
        }
    }

    @Test("it closes at the limit on age and opens at nine tenths of it")
    func age() {
        var state = GateState()
        for (age, closed) in [(99, false), (100, true), (91, true), (90, false), (95, false), (200, true)] {
            #expect(reasons(&state, bytes: 0, age: .seconds(age)) == (closed ? [.endpoint("a", .age)] : []), "\(age)")
        }
        #expect(reasons(&state, bytes: 5000, age: nil) == [.endpoint("a", .bytes)])
    }
}
