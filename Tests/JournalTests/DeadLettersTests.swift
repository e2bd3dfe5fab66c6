import Foundation
import GRDB
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct DeadLettersTests {
    let folder = TemporaryFolder()
    private static let tries = [
        DeliveryTry(atMilliseconds: 5, condition: "amqp:internal-error", description: "once"),
        DeliveryTry(atMilliseconds: -7, condition: "", description: "two\u{301} äöü"),
    ]

    /// 12 events for `a` and `b` each; of every endpoint those with even numbers are dead letters.
    private func fill(_ journal: Journal) async throws {
        let slots = try journal.register(endpoints: ["a", "b"])
        _ = try await journal.append(Events.batch("e", count: 12, to: EndpointSet(slots.values)))
        for name in ["a", "b"] as [EndpointID] {
            let reader = try journal.reader(for: name)
            let events = try await reader.read(12)
            for index in stride(from: 0, to: 12, by: 2) {
                try await reader.deadLetter(
                    events[index].offset,
                    reason: DeadLetterReason(
                        condition: index < 4 ? "first" : "second", description: "because", tries: Self.tries))
            }
        }
    }

    @Test("letters are paged by endpoint and condition, grouped, counted and shown whole, after a restart too")
    func look() async throws {
        var tuning = JournalTuning()
        tuning.wallClockMilliseconds = { 123 }
        do {
            let journal = try folder.open(tuning: tuning)
            defer { journal.close() }
            try await fill(journal)
        }
        let journal = try folder.open(tuning: tuning)
        defer { journal.close() }
        let letters = journal.deadLetters
        #expect(try await letters.count() == 12)
        #expect(try await letters.count(DeadLetterFilter(endpoint: "a", condition: "second")) == 4)
        var found: [DeadLetter] = []
        var filter = DeadLetterFilter(endpoint: "b")
        while true {
            let page = try await letters.page(filter, limit: 4)
            found += page
            guard let last = page.last else { break }
            filter.after = last.id
        }
        #expect(found.map(\.notification?.id) == stride(from: 0, to: 12, by: 2).map { "e-\($0)" })
        #expect(found.allSatisfy { $0.endpoint == "b" && $0.notification?.body.isEmpty == true && $0.bytes > 20 })
        let groups = try await letters.groups()
        #expect(groups.map(\.condition) == ["first", "second", "first", "second"])
        #expect(groups.map(\.count) == [2, 4, 2, 4])
        #expect(groups.map(\.endpoint) == ["a", "a", "b", "b"])
        #expect(groups.allSatisfy { $0.firstAtMilliseconds == 123 && $0.lastAtMilliseconds == 123 })

        let letter = try #require(try await letters.get(found[1].id))
        let original = Events.batch("e", count: 12, to: []).events[2].notification
        #expect(letter.notification?.body == original.body)
        #expect(letter.notification?.subject == original.subject)
        #expect(letter.notification?.sequence?.rawValue == 1)
        #expect(letter.reason == DeadLetterReason(condition: "first", description: "because", tries: Self.tries))
        #expect(letter.offset.rawValue == 2)
        #expect(try await letters.get(999) == nil)
    }

    @Test("a redriven event goes to its endpoint alone, with its id and sequence, and numbering goes on as before")
    func redrive() async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            try await fill(journal)
            var filter = DeadLetterFilter(endpoint: "a", condition: "second")
            let first = try await journal.deadLetters.redrive(filter, limit: 3)
            #expect(first.redriven.count == 3)
            filter.after = first.last
            #expect(try await journal.deadLetters.redrive(filter, limit: 3).redriven.count == 1)
            #expect(try await journal.deadLetters.redrive(filter, limit: 3) == RedriveResult())
            #expect(journal.books["a"]?.deadLettered == 2)
            #expect(journal.books["a"]?.waiting == 10)
            #expect(journal.books["b"]?.waiting == 6)
            #expect(journal.statistics.deadLetters == 8)
        }
        let journal = try folder.open()
        defer { journal.close() }
        #expect(journal.books.values.allSatisfy { $0.unaccounted == 0 && $0.received == 12 })
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(10)
        #expect(events.suffix(4).ids == ["e-4", "e-6", "e-8", "e-10"])
        #expect(events.suffix(4).sequences == [2, 3, 3, 4])
        let bodies = Events.batch("e", count: 12, to: []).events.map(\.notification.body)
        #expect(events.suffix(4).map(\.notification.body) == [4, 6, 8, 10].map { bodies[$0] })
        let b = try await journal.reader(for: "b").read(6)
        #expect(b.ids == stride(from: 1, to: 12, by: 2).map { "e-\($0)" })
        let receipt = try await journal.append(Events.batch("new", count: 3, to: []))
        #expect(receipt.sequences.map(\.rawValue) == [5, 5, 5])
        reader.settle(events.offsets)
        try journal.reader(for: "b").settle(b.offsets)
        try journal.trimNow()
        journal.close()
        let trimmed = try folder.open()
        defer { trimmed.close() }
        #expect(try await trimmed.append(Events.batch("newer", count: 3, to: [])).sequences.map(\.rawValue) == [6, 6, 6])
        #expect(trimmed.books.values.allSatisfy { $0.unaccounted == 0 })
    }

    @Test("letters of an endpoint that is gone stay where they are; listed again, it gets them as new events")
    func withoutEndpoint() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        try await fill(journal)
        _ = try journal.register(endpoints: ["b"])
        let result = try await journal.deadLetters.redrive(DeadLetterFilter(), limit: 100)
        #expect(result.withoutEndpoint.count == 6)
        #expect(result.redriven.count == 6)
        _ = try journal.register(endpoints: ["a", "b"])
        #expect(try await journal.deadLetters.redrive(DeadLetterFilter(), limit: 100).redriven.count == 6)
        #expect(journal.books["a"]?.received == 6)
        #expect(journal.books["a"]?.waiting == 6)
        #expect(journal.books.values.allSatisfy { $0.unaccounted == 0 && $0.deadLettered == 0 })
    }

    @Test("purged letters are gone, and stay counted")
    func purge() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        try await fill(journal)
        #expect(try await journal.deadLetters.purge(DeadLetterFilter(condition: "first")) == 4)
        #expect(try await journal.deadLetters.purge(DeadLetterFilter(ids: [3, 999])) == 1)
        #expect(try await journal.deadLetters.count() == 7)
        #expect(journal.statistics.deadLetters == 7)
        #expect(journal.books["a"]?.deadLettered == 6)
        #expect(journal.books.values.allSatisfy { $0.unaccounted == 0 })
    }

    @Test("the oldest letters leave at the limits, counted, over a restart too", arguments: [true, false])
    func bounds(byCount: Bool) async throws {
        var tuning = JournalTuning()
        do {
            let journal = try folder.open(tuning: tuning)
            defer { journal.close() }
            try await fill(journal)
            let each = journal.statistics.deadLetterBytes / 12
            tuning.deadLetterLimits = byCount ? DeadLetterLimits(count: 5) : DeadLetterLimits(bytes: each * 5 + each / 2)
            try await journal.deadLetters.setLimits(tuning.deadLetterLimits)
            #expect(try await journal.deadLetters.page(limit: 100).map(\.id) == [8, 9, 10, 11, 12])
            #expect(journal.statistics.deadLettersEvicted == 7)
        }
        let journal = try folder.open(tuning: tuning)
        defer { journal.close() }
        #expect(journal.statistics.deadLetters == 5)
        #expect(journal.statistics.deadLettersEvicted == 7)
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(6)
        for event in events.prefix(2) {
            try await reader.deadLetter(event.offset, reason: DeadLetterReason(condition: "third", description: "", tries: Self.tries))
        }
        let kept = try await journal.deadLetters.page(limit: 100).map(\.id)
        #expect(kept == [10, 11, 12, 13, 14])
        #expect(journal.statistics.deadLettersEvicted == 9)
        #expect(journal.statistics.deadLetterBytes == (try await journal.deadLetters.page(limit: 100).reduce(0) { $0 + $1.bytes }))
        #expect(journal.books.values.allSatisfy { $0.unaccounted == 0 })
    }

    @Test("a letter that cannot be read is shown as such, left alone by a redrive, and can be purged")
    func damage() async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            try await fill(journal)
        }
        let outside = try DatabaseQueue(path: folder.database)
        try await outside.write { try $0.execute(sql: "UPDATE dead_letters SET headers = zeroblob(length(headers)) WHERE id = 2") }
        try outside.close()
        let journal = try folder.open()
        defer { journal.close() }
        let letter = try #require(try await journal.deadLetters.get(2))
        #expect(letter.notification == nil)
        #expect(letter.damage != nil)
        let result = try await journal.deadLetters.redrive(DeadLetterFilter(), limit: 100)
        #expect(result.unreadable == [2])
        #expect(result.redriven.count == 11)
        #expect(result.last == 12)
        #expect(try await journal.deadLetters.purge(DeadLetterFilter()) == 1)
        #expect(journal.books.values.allSatisfy { $0.unaccounted == 0 })
    }
}
