import Notifications
import Testing

@testable import Journal

/// What a limit and a reader do at the same time, one step after the other.
@Suite struct EndpointProgressTests {
    /// Ten events from offset 0, of which the reader has 0 and 1.
    private func started() -> EndpointProgress {
        var progress = EndpointProgress(cursor: 0, end: 10, waiting: 10, waitingBytes: 100)
        let events = (0..<10 as Range<Int64>).map { offset in
            JournalEvent(
                offset: EventOffset(rawValue: offset), notification: .init(id: "\(offset)", source: "s", type: "t"), bytes: 10)
        }
        progress.read([events], upTo: 10, damaged: false)
        var budget = EndpointProgress.Budget(events: 2, bytes: 1000)
        var taken: [JournalEvent] = []
        progress.takeBuffered(budget: &budget, into: &taken)
        #expect(taken.count == 2)
        return progress
    }

    private func leaving(_ range: Range<Int64>) -> [LeavingEvent] {
        range.map { LeavingEvent(offset: $0, bytes: 10, settlement: .dropped) }
    }

    @Test("a hold begins after what was handed out, and keeps the reader waiting")
    func hold() {
        var progress = started()
        let held = progress.hold()
        #expect(held.from == 2)
        #expect(progress.mustWait)
        progress.letGo()
        #expect(!progress.mustWait)
    }

    @Test("what left is not read again, not even by a read of the disk that began before")
    func generation() {
        var progress = started()
        let before = progress.generation
        _ = progress.hold()
        progress.discard(leaving(2..<7), upTo: 7, damaged: false)
        #expect(progress.generation != before)
        #expect(progress.position == 7)
        #expect(progress.waiting == 5)
        #expect(progress.waitingBytes == 50)
        // The cursor stays at what is in hand, and what left is not counted below it.
        #expect(progress.cursor == 0)
        #expect(progress.tracker.passed.dropped == 0)
        #expect(progress.settled.dropped == 5)
        progress.settle(0, as: .delivered)
        progress.settle(1, as: .delivered)
        #expect(progress.cursor == 7)
        #expect(progress.tracker.passed == SettlementCounts(delivered: 2, expired: 0, dropped: 5))
    }

    @Test("a rewind during a hold is done after it: what is in hand comes again, what left does not")
    func rewindDuringHold() {
        var progress = started()
        _ = progress.hold()
        progress.rewind()
        progress.discard(leaving(2..<7), upTo: 7, damaged: false)
        #expect(progress.position == 0)
        var tracker = progress.tracker
        #expect((0..<10 as Range<Int64>).filter { tracker.handOut($0) } == [0, 1, 7, 8, 9])
    }
}
