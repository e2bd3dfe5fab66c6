import Foundation
import GRDB
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalRestartTests {
    let folder = TemporaryFolder()

    @Test("cursors, offsets and sequence numbers go on after a restart, with rows and without")
    func goesOn() async throws {
        var offset: Int64 = 0
        for round in 0..<5 {
            let journal = try folder.open()
            defer { journal.close() }
            let slot = try #require(try journal.register(endpoints: ["a"])["a"])
            let reader = try journal.reader(for: "a")
            #expect(reader.waiting == (round == 0 ? 0 : 2))
            let receipt = try await journal.append(Events.batch("\(round)", count: 6, to: [slot]))
            #expect(receipt.firstOffset.rawValue == offset)
            #expect(receipt.sequences.first?.rawValue == Int32(round * 2 + 1))
            offset += 6
            let events = try await reader.read(round == 0 ? 6 : 8)
            #expect(events.last?.notification.id == "\(round)-5")
            // All but the last two: those come again.
            reader.settle(events.dropLast(2).offsets)
            if round % 2 == 1 { try journal.trimNow() }
        }
        let journal = try folder.open()
        #expect(try await journal.reader(for: "a").read(2).ids == ["4-4", "4-5"])
        let reader = try journal.reader(for: "a")
        reader.rewind()
        reader.settle(try await reader.read(2).offsets)
        try journal.trimNow()
        #expect(journal.statistics.eventsStored == 0)
        journal.close()

        let empty = try folder.open()
        defer { empty.close() }
        #expect(empty.statistics.endOffset.rawValue == 30)
        #expect(empty.statistics.subjects == 3)
        let receipt = try await empty.append(Events.batch("after", count: 3, to: []))
        #expect(receipt.firstOffset.rawValue == 30)
        #expect(receipt.sequences.map(\.rawValue) == [11, 11, 11])
    }

    @Test("events settled out of order do not move the cursor past one that is not")
    func cursorStaysLow() async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            let slot = try #require(try journal.register(endpoints: ["a"])["a"])
            let reader = try journal.reader(for: "a")
            _ = try await journal.append(Events.batch("e", count: 6, to: [slot]))
            let events = try await reader.read(6)
            reader.settle([events[0], events[1], events[4], events[5]].offsets)
        }
        let journal = try folder.open()
        defer { journal.close() }
        #expect(try await journal.reader(for: "a").read(4).ids == ["e-2", "e-3", "e-4", "e-5"])
    }

    @Test("a cursor reaches the disk without an append or a close")
    func cursorFollows() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        let reader = try journal.reader(for: "a")
        _ = try await journal.append(Events.batch("e", count: 6, to: [slot]))
        reader.settle(try await reader.read(4).offsets)
        let outside = try DatabaseQueue(path: folder.database)
        let deadline = ContinuousClock.now + .seconds(120)
        var cursor: Int64?
        while cursor != 4, ContinuousClock.now < deadline {
            cursor = try await outside.read { try Int64.fetchOne($0, sql: "SELECT cursor FROM endpoints") }
            await Task.yield()
        }
        #expect(cursor == 4)
    }

    @Test("a subject that starts anew counts from 1, over a restart too")
    func startsAnew() async throws {
        for _ in 0..<2 {
            let journal = try folder.open()
            defer { journal.close() }
            _ = try await journal.append(Events.one("1", subject: "s", to: []))
            let anew = try await journal.append(Events.one("2", subject: "s", anew: true, to: []))
            #expect(anew.sequences == [.first])
            #expect(try await journal.append(Events.one("3", subject: "s", to: [])).sequences.map(\.rawValue) == [2])
            try journal.trimNow()
        }
        let journal = try folder.open()
        defer { journal.close() }
        #expect(try await journal.append(Events.one("4", subject: "s", to: [])).sequences.map(\.rawValue) == [3])
    }

    @Test("without a subject the source counts, apart from a subject of that name")
    func sourceCounts() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        var batch = JournalBatch(events: [])
        for (subject, source) in [(nil, "x"), ("x", "x"), (nil, "x"), (nil, "y"), ("x", "y"), (nil, "y")] as [(String?, String)] {
            batch.events.append(PendingEvent(
                notification: Notification(id: "i", source: source, type: "t", subject: subject), endpoints: []))
        }
        #expect(try await journal.append(batch).sequences.map(\.rawValue) == [1, 1, 2, 1, 2, 2])
    }

    @Test("a new endpoint starts at the end; a removed one loses its place and holds nothing back")
    func registration() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let first = try journal.register(endpoints: ["a", "b"])
        let a = try #require(first["a"])
        let b = try #require(first["b"])
        _ = try await journal.append(Events.batch("1", count: 3, to: [a, b]))
        let readerB = try journal.reader(for: "b")
        let second = try journal.register(endpoints: ["a", "c"])
        #expect(second["a"] == a)
        let c = try #require(second["c"])
        #expect(c != b)
        await #expect(throws: JournalError.unknownEndpoint("b")) {
            try await readerB.next(maximumEvents: 1, maximumBytes: 1)
        }
        #expect(throws: JournalError.unknownEndpoint("b")) { try journal.reader(for: "b") }
        _ = try await journal.append(Events.batch("2", count: 3, to: [a, b, c]))
        let readerC = try journal.reader(for: "c")
        #expect(try await readerC.read(3).ids == ["2-0", "2-1", "2-2"])
        let readerA = try journal.reader(for: "a")
        readerA.settle(try await readerA.read(6).offsets)
        try journal.trimNow()
        #expect(journal.statistics.oldestOffset.rawValue == 3)
        #expect(throws: JournalError.tooManyEndpoints(count: 65, maximum: 64)) {
            try journal.register(endpoints: (0..<65).map { EndpointID(rawValue: "e\($0)") })
        }
        #expect(journal.statistics.waiting == ["a": 0, "c": 3])
    }

    @Test("with no endpoint nothing waits")
    func noEndpoints() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        _ = try await journal.append(Events.batch("1", count: 100, to: []))
        try journal.trimNow()
        #expect(journal.statistics.eventsStored == 0)
    }

    @Test("an endpoint with nothing of its own in a backlog does not hold it back")
    func idleEndpoint() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let slots = try journal.register(endpoints: ["busy", "idle"])
        let busy = try #require(slots["busy"])
        let reader = try journal.reader(for: "busy")
        for index in 0..<5 { _ = try await journal.append(Events.batch("\(index)", count: 10, to: [busy])) }
        reader.settle(try await reader.read(50).offsets)
        try journal.trimNow()
        #expect(journal.statistics.eventsStored == 0)
    }

    @Test("the file shrinks back once a backlog is gone")
    func shrinks() async throws {
        var tuning = JournalTuning()
        tuning.slackBytes = 256 * 1024
        tuning.maintenanceDelay = .milliseconds(5)
        tuning.cursorDelay = .milliseconds(5)
        let journal = try folder.open(tuning: tuning)
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        for index in 0..<20 {
            _ = try await journal.append(Events.batch("\(index)", count: 1000, bodyBytes: 500, to: [slot]))
        }
        let full = journal.statistics.bytesOnDisk
        #expect(full > 10_000_000)
        let reader = try journal.reader(for: "a")
        reader.settle(try await reader.read(20_000).offsets)
        let deadline = ContinuousClock.now + .seconds(60)
        let outside = try DatabaseQueue(path: folder.database)
        var pages = Int.max
        while pages > 100, ContinuousClock.now < deadline {
            pages = try await outside.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? .max }
            await Task.yield()
        }
        try outside.close()
        journal.close()
        #expect(pages <= 100)
        #expect(journal.statistics.bytesOnDisk < 1_000_000)
    }
}
