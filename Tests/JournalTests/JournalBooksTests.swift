import Foundation
import GRDB
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalBooksTests {
    let folder = TemporaryFolder()

    @Test("each term counts its own, and the sum is what came in; over a restart too")
    func terms() async throws {
        var expected = EndpointBooks()
        expected.received = 17
        expected.delivered = 3
        expected.deadLettered = 1
        expected.filtered = 11
        expected.expired = 1
        expected.dropped = 1
        expected.waiting = 0
        do {
            let journal = try folder.open()
            defer { journal.close() }
            _ = try await journal.append(Events.batch("before", count: 9, to: []))
            journal.noteUnwanted(events: 4)
            let slots = try journal.register(endpoints: ["a", "b"])
            #expect(journal.books["a"] == EndpointBooks())
            let a = try #require(slots["a"])
            let b = try #require(slots["b"])
            _ = try await journal.append(Events.batch("a", count: 6, to: [a]))
            _ = try await journal.append(Events.batch("b", count: 4, to: [b]))
            var batch = Events.batch("none", count: 2, to: [])
            batch.unwanted = 3
            _ = try await journal.append(batch)
            journal.noteUnwanted(events: 2)
            let reader = try journal.reader(for: "a")
            let events = try await reader.read(6)
            reader.settle(events[..<3].offsets)
            reader.settle([events[3].offset], as: .expired)
            reader.settle([events[4].offset], as: .dropped)
            reader.settle(events[..<5].offsets, as: .expired)
            try await reader.deadLetter(events[5].offset, reason: DeadLetterReason(condition: "c", description: "d"))
            journal.flushNow()
            #expect(reader.books == expected)
            #expect(reader.books.unaccounted == 0)
            #expect(journal.books["b"]?.waiting == 4)
        }
        let journal = try folder.open()
        defer { journal.close() }
        #expect(journal.books["a"] == expected)
        #expect(journal.books["b"]?.unaccounted == 0)
        #expect(journal.books["b"]?.filtered == 13)
    }

    @Test("an endpoint that is listed again begins new books; one that stays keeps them")
    func registration() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a", "b"])["a"])
        _ = try await journal.append(Events.batch("1", count: 5, to: [slot]))
        _ = try journal.register(endpoints: ["b"])
        _ = try journal.register(endpoints: ["a", "b"])
        _ = try await journal.append(Events.batch("2", count: 2, to: []))
        #expect(journal.books["a"]?.received == 2)
        #expect(journal.books["b"]?.received == 7)
        #expect(journal.books.values.allSatisfy { $0.unaccounted == 0 })
    }

    @Test("events settled out of order are not counted twice when they come again after a kill")
    func killed() async throws {
        let journal = try folder.open(tuning: .quiet)
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        _ = try await journal.append(Events.batch("e", count: 6, to: [slot]))
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(6)
        reader.settle([events[0], events[1], events[4]].offsets)
        try await reader.deadLetter(events[3].offset, reason: DeadLetterReason(condition: "c", description: "d"))
        journal.flushNow()
        #expect(reader.books.delivered == 3)
        let copy = try folder.copyAsKilled()
        journal.close()

        let again = try copy.open()
        defer { again.close() }
        let books = try #require(again.books["a"])
        #expect(books.delivered == 2)
        #expect(books.deadLettered == 1)
        #expect(books.waiting == 3)
        #expect(books.unaccounted == 0)
        let second = try again.reader(for: "a")
        #expect(try await second.read(3).ids == ["e-2", "e-4", "e-5"])
    }

    @Test("a dead letter's event stays settled when the letter is purged or redriven before the cursor passes it", arguments: [true, false])
    func tombstones(purged: Bool) async throws {
        let journal = try folder.open(tuning: .quiet)
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        _ = try await journal.append(Events.batch("e", count: 4, to: [slot]))
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(4)
        try await reader.deadLetter(events[2].offset, reason: DeadLetterReason(condition: "c", description: "d"))
        if purged {
            #expect(try await journal.deadLetters.purge(DeadLetterFilter()) == 1)
        } else {
            #expect(try await journal.deadLetters.redrive(DeadLetterFilter(), limit: 10).redriven == [1])
        }
        let copy = try folder.copyAsKilled()
        journal.close()

        let again = try copy.open(tuning: .quiet)
        let second = try again.reader(for: "a")
        let expected = purged ? ["e-0", "e-1", "e-3"] : ["e-0", "e-1", "e-3", "e-2"]
        let read = try await second.read(expected.count)
        #expect(read.ids == expected)
        #expect(again.books["a"]?.unaccounted == 0)
        #expect(again.books["a"]?.deadLettered == (purged ? 1 : 0))
        second.settle(read.offsets)
        again.close()
        let outside = try DatabaseQueue(path: copy.database)
        #expect(try await outside.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM tombstones") } == 0)
    }

    @Test("an event on its way into the dead letters is not settled in another way")
    func condemned() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        _ = try await journal.append(Events.batch("e", count: 200, to: [slot]))
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(200)
        await withTaskGroup { group in
            for event in events {
                group.addTask {
                    try? await reader.deadLetter(event.offset, reason: DeadLetterReason(condition: "c", description: ""))
                }
                group.addTask { reader.settle([event.offset]) }
            }
        }
        #expect(reader.books.unaccounted == 0)
        #expect(reader.books.waiting == 0)
        #expect(try await journal.deadLetters.count() == reader.books.deadLettered)
    }

    @Test("events of a row that cannot be read are unaccounted for")
    func damage() async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            let slot = try #require(try journal.register(endpoints: ["a"])["a"])
            for index in 0..<3 { _ = try await journal.append(Events.batch("\(index)", count: 4, to: [slot])) }
        }
        let database = try DatabaseQueue(path: folder.database)
        try await database.write {
            try $0.execute(sql: "UPDATE batches SET headers = zeroblob(length(headers)) WHERE first_offset = 4")
        }
        try database.close()
        let journal = try folder.open()
        defer { journal.close() }
        #expect(journal.books["a"]?.unaccounted == 4)
        let reader = try journal.reader(for: "a")
        reader.settle(try await reader.read(8).offsets)
        #expect(reader.books.unaccounted == 4)
    }
}
