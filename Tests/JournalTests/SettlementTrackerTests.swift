import Testing

@testable import Journal

@Suite struct SettlementTrackerTests {
    @Test("the low water stays at the first event that is not settled")
    func outOfOrder() {
        var tracker = SettlementTracker(cursor: 10)
        for offset in [10, 12, 15] as [Int64] { #expect(tracker.handOut(offset) == true) }
        #expect(tracker.lowWater == 10)
        #expect((tracker.settle(12) != nil) == true)
        #expect(tracker.lowWater == 10)
        #expect((tracker.settle(10) != nil) == true)
        #expect(tracker.lowWater == 15)
        #expect((tracker.settle(15) != nil) == true)
        #expect(tracker.lowWater == 16)
        tracker.scan(upTo: 40)
        #expect(tracker.lowWater == 40)
        #expect(tracker.unsettledCount == 0)
    }

    @Test("settling twice, or what was never handed out, does nothing")
    func strangers() {
        var tracker = SettlementTracker(cursor: 0)
        #expect((tracker.settle(0) != nil) == false)
        #expect(tracker.handOut(0) == true)
        #expect(tracker.handOut(1) == true)
        #expect((tracker.settle(1) != nil) == true)
        #expect((tracker.settle(1) != nil) == false)
        #expect((tracker.settle(7) != nil) == false)
        #expect(tracker.unsettledCount == 1)
    }

    @Test("what was handed out is given again, unless it is settled")
    func again() {
        var tracker = SettlementTracker(cursor: 0)
        for offset in 0..<4 as Range<Int64> { _ = tracker.handOut(offset) }
        _ = tracker.settle(2)
        #expect((0..<4 as Range<Int64>).filter { tracker.handOut($0) } == [0, 1, 3])
        #expect(tracker.unsettledCount == 3)
    }

    @Test("an event settled in an earlier run is passed over once it is reached")
    func settledEarly() {
        var tracker = SettlementTracker(cursor: 5, settledEarly: [6])
        #expect(tracker.handOut(5) == true)
        #expect(tracker.handOut(6) == false)
        #expect(tracker.handOut(7) == true)
        _ = tracker.settle(5)
        #expect(tracker.lowWater == 7)
    }

    @Test("agrees with a plain set over 10,000 random steps")
    func againstModel() {
        var random = SplitMix(state: 7)
        var tracker = SettlementTracker(cursor: 0)
        var open: Set<Int64> = []
        var next: Int64 = 0
        for _ in 0..<10_000 {
            if Bool.random(using: &random) || open.isEmpty {
                next += Int64.random(in: 0...3, using: &random)
                #expect(tracker.handOut(next) == true)
                open.insert(next)
                next += 1
            } else {
                let oldest = open.min() ?? 0
                let offset = oldest + Int64.random(in: 0...20, using: &random)
                #expect((tracker.settle(offset) != nil) == (open.remove(offset) != nil))
            }
            guard tracker.lowWater == open.min() ?? next, tracker.unsettledCount == open.count else {
                Issue.record("differs at \(next)")
                return
            }
        }
    }
}
