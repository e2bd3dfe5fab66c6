import Foundation
import GRDB
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalMarksTests {
    let folder = TemporaryFolder()

    private func marks(_ range: Range<Int>, source: String = "plant") -> IntakeMarks {
        IntakeMarks(source: source, entries: range.map {
            IntakeMark(packetID: UInt16(truncatingIfNeeded: $0), hash: UInt64($0) << 40)
        })
    }

    @Test("marks come back in the order of their messages, over a restart, each source apart")
    func order() async throws {
        for round in 0..<3 {
            let journal = try folder.open()
            defer { journal.close() }
            let first = round * 30
            var batch = Events.batch("\(round)", count: 2, to: [])
            batch.marks = marks(first..<(first + 10))
            _ = try await journal.append(batch)
            journal.noteUnwanted(events: 5, marks: marks((first + 10)..<(first + 20)))
            _ = try await journal.append(JournalBatch(events: [], marks: marks(0..<1, source: "other")))
            journal.noteUnwanted(events: 0, marks: marks((first + 20)..<(first + 30)))
            #expect(try journal.marks(of: "plant") == marks(0..<(first + 30)).entries)
            #expect(try journal.marks(of: "other").count == round + 1)
            #expect(try journal.marks(of: "stranger").isEmpty)
        }
    }

    @Test("noted events reach the disk by themselves")
    func notedAlone() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        journal.noteUnwanted(events: 3, marks: marks(0..<3))
        let outside = try DatabaseQueue(path: folder.database)
        let deadline = ContinuousClock.now + .seconds(120)
        var found: (Int?, Int?) = (nil, nil)
        while found != (3, 3), ContinuousClock.now < deadline {
            found = try await outside.read {
                (
                    try Int.fetchOne($0, sql: "SELECT sum(count) FROM marks"),
                    try Int.fetchOne($0, sql: "SELECT value FROM state WHERE name = 'unwanted'")
                )
            }
            await Task.yield()
        }
        #expect(found == (3, 3))
    }

    @Test("the last 65,535 marks of a source are kept, over a restart too, and rows of others stay")
    func bound() async throws {
        var end = 0
        for _ in 0..<2 {
            let journal = try folder.open()
            defer { journal.close() }
            _ = try await journal.append(JournalBatch(events: [], marks: marks(0..<2, source: "other")))
            for _ in 0..<50 {
                _ = try await journal.append(JournalBatch(events: [], marks: marks(end..<(end + 3000))))
                end += 3000
            }
            #expect(try journal.marks(of: "plant") == marks((end - 65_535)..<end).entries)
        }
        let journal = try folder.open()
        #expect(try journal.marks(of: "plant") == marks((end - 65_535)..<end).entries)
        #expect(try journal.marks(of: "other").count == 4)
        _ = try await journal.append(JournalBatch(events: [], marks: marks(0..<200_000)))
        #expect(try journal.marks(of: "plant") == marks(134_465..<200_000).entries)
        journal.close()
        let outside = try DatabaseQueue(path: folder.database)
        let stored = try await outside.read { try Int.fetchOne($0, sql: "SELECT sum(count) FROM marks WHERE source = 'plant'") }
        #expect(stored == 65_535)
    }

    @Test("forgotten marks stay forgotten, and new ones begin anew")
    func forget() async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            journal.noteUnwanted(events: 0, marks: marks(0..<5))
            journal.noteUnwanted(events: 0, marks: marks(0..<5, source: "other"))
            try journal.forgetMarks(of: "plant")
            #expect(try journal.marks(of: "plant").isEmpty)
        }
        let journal = try folder.open()
        defer { journal.close() }
        #expect(try journal.marks(of: "plant").isEmpty)
        #expect(try journal.marks(of: "other").count == 5)
        journal.noteUnwanted(events: 0, marks: marks(7..<9))
        #expect(try journal.marks(of: "plant") == marks(7..<9).entries)
    }

    @Test("marks of a batch that was not stored are not kept; those noted on their own are")
    func failedCommit() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        _ = try await journal.append(JournalBatch(events: [], marks: marks(0..<1)))
        try journal.limitGrowth(toPages: 1)
        var large = Events.batch("lost", count: 1000, bodyBytes: 500, to: [slot])
        large.marks = marks(1..<2)
        await #expect(throws: JournalError.self) { try await journal.append(large) }
        journal.noteUnwanted(events: 1, marks: marks(2..<3))
        try journal.limitGrowth(toPages: nil)
        #expect(try journal.marks(of: "plant") == marks(0..<1).entries + marks(2..<3).entries)
    }

    @Test("marks end before a row that cannot be read")
    func damage() async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            for index in 0..<3 {
                _ = try await journal.append(JournalBatch(events: [], marks: marks((index * 10)..<(index * 10 + 10))))
            }
        }
        let outside = try DatabaseQueue(path: folder.database)
        try await outside.write { try $0.execute(sql: "UPDATE marks SET entries = zeroblob(100) WHERE id = 2") }
        try outside.close()
        let journal = try folder.open()
        defer { journal.close() }
        #expect(try journal.marks(of: "plant") == marks(20..<30).entries)
    }
}
