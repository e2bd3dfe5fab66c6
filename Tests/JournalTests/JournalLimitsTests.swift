import Foundation
import Notifications
import Synchronization
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalLimitsTests {
    let folder = TemporaryFolder()
    let clock = ManualClock()

    /// A journal with 20 batches of ten events for `a`, a second apart, and one event of `b` first.
    private func filled(_ journal: Journal) async throws {
        let slots = try journal.register(endpoints: ["a", "b"])
        let a = try #require(slots["a"])
        let b = try #require(slots["b"])
        _ = try await journal.append(Events.batch("b", count: 1, to: [b]))
        for index in 0..<20 {
            _ = try await journal.append(Events.batch("\(index)", count: 10, to: [a]))
            clock.pass(.seconds(1))
        }
    }

    private func expectBalance(_ journal: Journal) {
        for (id, books) in journal.books { #expect(books.unaccounted == 0, "\(id): \(books)") }
    }

    @Test("above the limit on bytes the oldest leave, counted, also those that are only on disk", arguments: [false, true])
    func dropOldest(reopened: Bool) async throws {
        var tuning = clock.tuning
        tuning.recentBytes = 0
        var journal = try folder.open(tuning: tuning)
        try await filled(journal)
        if reopened {
            journal.close()
            journal = try folder.open(tuning: tuning)
        }
        defer { journal.close() }
        let bytes = try #require(journal.backlogs["a"]?.bytes)
        try journal.setLimits(["a": BacklogLimits(bytes: bytes / 2, whenFull: .dropOldest)])
        let left = try #require(journal.backlogs["a"])
        #expect(left.bytes <= bytes / 2)
        #expect(left.bytes > bytes / 2 - bytes / 64 - 200)
        let dropped = 200 - left.events
        #expect(journal.books["a"]?.dropped == dropped)
        #expect(journal.books["b"]?.waiting == 1)
        #expect(journal.gate.isOpen)
        expectBalance(journal)
        let events = try await journal.reader(for: "a").read(left.events)
        #expect(events.ids == (dropped..<200).map { "\($0 / 10)-\($0 % 10)" })
        #expect(journal.backlogs["a"]?.bytes == left.bytes)
        try journal.reader(for: "a").settle(events.offsets)
        #expect(journal.backlogs["a"]?.bytes == 0)
        expectBalance(journal)
    }

    @Test("the limit holds with every append")
    func holdsWhileAppending() async throws {
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        try journal.setLimits(["a": BacklogLimits(bytes: 5000, whenFull: .dropOldest)])
        for index in 0..<50 {
            _ = try await journal.append(Events.batch("\(index)", count: 7, to: [slot]))
            journal.watchNow()
            #expect(try #require(journal.backlogs["a"]?.bytes) <= 5000)
        }
        expectBalance(journal)
        let waiting = try #require(journal.books["a"]?.waiting)
        #expect(waiting > 0)
        try journal.trimNow()
        #expect(journal.statistics.eventsStored < waiting + 7)
        #expect(try await journal.reader(for: "a").read(waiting).last?.notification.id == "49-6")
    }

    @Test("events that are too old leave, and no younger one")
    func expired() async throws {
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        try await filled(journal)
        // The batches came 20, 19, … 1 seconds ago.
        try journal.setLimits(["a": BacklogLimits(bytes: .max, age: .seconds(15), whenFull: .dropOldest)])
        #expect(journal.books["a"]?.expired == 60)
        #expect(journal.books["a"]?.dropped == 0)
        clock.pass(.milliseconds(999))
        journal.watchNow()
        #expect(journal.books["a"]?.expired == 60)
        clock.pass(.milliseconds(1))
        journal.watchNow()
        #expect(journal.books["a"]?.expired == 70)
        expectBalance(journal)
        #expect(try await journal.reader(for: "a").read(1).ids == ["7-0"])
    }

    @Test("an event that is alone behind a thousand older ones of others is not too old")
    func foreignRows() async throws {
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        let slots = try journal.register(endpoints: ["a", "b"])
        let a = try #require(slots["a"])
        let b = try #require(slots["b"])
        let limits = BacklogLimits(bytes: .max, age: .seconds(60), whenFull: .block)
        try journal.setLimits(["b": limits])
        _ = try await journal.append(Events.batch("first", count: 1, to: [b]))
        let reader = try journal.reader(for: "b")
        let first = try await reader.read(1)
        for index in 0..<1000 { _ = try await journal.append(Events.batch("\(index)", count: 1, to: [a])) }
        clock.pass(.seconds(3600))
        _ = try await journal.append(Events.batch("last", count: 1, to: [b]))
        journal.watchNow()
        #expect(journal.gate.reasons == [.endpoint("b", .age)])
        reader.settle(first.offsets)
        journal.watchNow()
        #expect(journal.gate.isOpen)
        #expect(reader.backlog.oldestAge == .zero)
        #expect(try await reader.read(1).ids == ["last-0"])
    }

    @Test("at the limit of a dead-letter endpoint the oldest become dead letters, with the reason", arguments: [true, false])
    func deadLetter(byAge: Bool) async throws {
        let journal = try folder.open(tuning: clock.tuning)
        try await filled(journal)
        let bytes = try #require(journal.backlogs["a"]?.bytes)
        try journal.setLimits(["a": BacklogLimits(
            bytes: byAge ? .max : bytes * 3 / 4, age: byAge ? .seconds(15) : nil, whenFull: .deadLetter)])
        let count = try #require(journal.books["a"]?.deadLettered)
        #expect(byAge ? count == 60 : (50...60).contains(count))
        #expect(journal.books["a"]?.waiting == 200 - count)
        expectBalance(journal)
        let groups = try await journal.deadLetters.groups()
        #expect(groups.map(\.condition) == [byAge ? "twinroute:expired" : "twinroute:backlog-full"])
        #expect(groups.map(\.count) == [count])
        let copy = try folder.copyAsKilled()
        journal.close()

        let again = try copy.open(tuning: clock.tuning)
        defer { again.close() }
        #expect(again.books["a"]?.deadLettered == count)
        expectBalance(again)
        let events = try await again.reader(for: "a").read(200 - count)
        #expect(events.ids == (count..<200).map { "\($0 / 10)-\($0 % 10)" })
    }

    @Test("what was handed out never leaves, until it is called back", arguments: [BacklogLimits.Policy.dropOldest, .deadLetter])
    func inHand(policy: BacklogLimits.Policy) async throws {
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        try await filled(journal)
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(25)
        reader.settle(events[5..<10].offsets)
        try journal.setLimits(["a": BacklogLimits(bytes: 0, whenFull: policy)])
        #expect(reader.waiting == 20)
        expectBalance(journal)
        reader.settle(events[..<5].offsets)
        #expect(reader.books.delivered == 10)
        reader.rewind()
        #expect(reader.waiting == 15)
        journal.watchNow()
        #expect(reader.waiting == 0)
        // The outcomes of the session that ended come late: they change nothing.
        reader.settle(events.offsets)
        #expect(reader.books.delivered == 10)
        #expect(policy == .deadLetter ? reader.books.deadLettered == 190 : reader.books.dropped == 190)
        expectBalance(journal)
    }

    @Test("a reader that is at work loses no event in its hands and sees none that left")
    func readerAtWork() async throws {
        var tuning = JournalTuning()
        tuning.recentBytes = 20_000
        tuning.cursorDelay = .milliseconds(1)
        let journal = try folder.open(tuning: tuning)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        try journal.setLimits(["a": BacklogLimits(bytes: 30_000, whenFull: .dropOldest)])
        let reader = try journal.reader(for: "a")
        async let read: [Int64] = {
            var offsets: [Int64] = []
            while !Task.isCancelled {
                let events = try await reader.next(maximumEvents: 40, maximumBytes: 100_000)
                if events.last?.notification.id == "end-0" { break }
                offsets += events.offsets.map(\.rawValue)
                if offsets.count % 7 == 0 {
                    reader.rewind()
                } else {
                    reader.settle(events.offsets)
                }
            }
            return offsets
        }()
        for index in 0..<400 { _ = try await journal.append(Events.batch("\(index)", count: 50, bodyBytes: 100, to: [slot])) }
        try journal.setLimits([:])
        _ = try await journal.append(Events.batch("end", count: 1, to: [slot]))
        _ = try await read
        #expect(reader.books.dropped > 0)
        expectBalance(journal)
        #expect(reader.books.received == 20_001)
    }

    @Test("a blocking endpoint closes the gate at its limit, opens it at nine tenths, and loses nothing")
    func block() async throws {
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        _ = try await journal.append(Events.batch("0", count: 10, to: [slot]))
        let ten = try #require(journal.backlogs["a"]?.bytes)
        try journal.setLimits(["a": BacklogLimits(bytes: ten + 1, whenFull: .block)])
        #expect(journal.gate.isOpen)
        var changes = journal.gate.changes().makeAsyncIterator()
        #expect(await changes.next() == true)
        let receipt = try await journal.append(Events.batch("1", count: 1, to: [slot]))
        #expect(receipt.count == 1)
        #expect(await changes.next() == false)
        #expect(journal.gate.reasons == [.endpoint("a", .bytes)])
        journal.watchNow()
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(11)
        for event in events.prefix(4) {
            reader.settle([event.offset])
            journal.watchNow()
            let bytes = reader.backlog.bytes
            #expect(journal.gate.isOpen == (bytes <= ten + 1 - (ten + 1) / 10))
        }
        #expect(await changes.next() == true)
        #expect(reader.waiting == 7)
        expectBalance(journal)
    }

    @Test("too little free space closes the gate; an append still succeeds")
    func freeSpace() async throws {
        let free = Mutex<Int64>(1000)
        var tuning = clock.tuning
        tuning.freeBytes = { _ in free.withLock { $0 } }
        let journal = try folder.open(tuning: tuning)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        try journal.setLimits([:], minimumFreeBytes: 1000)
        #expect(journal.gate.isOpen)
        for (bytes, isOpen) in [(999, false), (1050, false), (1099, false), (1100, true), (1000, true), (999, false)] as [(Int64, Bool)] {
            free.withLock { $0 = bytes }
            clock.pass(.seconds(1))
            _ = try await journal.append(Events.batch("\(bytes)", count: 1, to: [slot]))
            journal.watchNow()
            #expect(journal.gate.isOpen == isOpen, "\(bytes)")
        }
        #expect(journal.gate.reasons == [.freeSpace(available: 999, floor: 1000)])
        try journal.setLimits([:])
        #expect(journal.gate.isOpen)
        #expect(try #require(SystemDisk.freeBytes(folder.path)) > 0)
    }

    @Test("a backlog that has left opens the gate, though the file keeps its room for the next one")
    func reusableSpace() async throws {
        var tuning = clock.tuning
        tuning.freeBytes = { _ in 1_000_000 }
        let journal = try folder.open(tuning: tuning)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        try journal.setLimits([:], minimumFreeBytes: 1_500_000)
        for index in 0..<4 {
            _ = try await journal.append(Events.batch("\(index)", count: 1000, bodyBytes: 500, to: [slot]))
        }
        #expect(!journal.gate.isOpen)
        let reader = try journal.reader(for: "a")
        reader.settle(try await reader.read(4000).offsets)
        try journal.trimNow()
        clock.pass(.seconds(1))
        journal.watchNow()
        #expect(journal.gate.isOpen)
    }
}
