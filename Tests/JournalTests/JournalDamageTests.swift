import Foundation
import GRDB
import Notifications
import TestSupport
import Testing

@testable import Journal

/// Whatever is damaged, the journal opens, sets the file aside and serves the rest.
@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalDamageTests {
    let folder = TemporaryFolder()
    static let subjects = 5
    static let pageBytes = Store.pageBytes

    /// 40 rows of 10 events on many pages, the first 5 of them trimmed; one dead letter. Returns the
    /// last number of each subject.
    private func fill() async throws -> [String: Int32] {
        let journal = try folder.open()
        defer { journal.close() }
        let slots = try journal.register(endpoints: ["a", "b"])
        let (a, b) = (try #require(slots["a"]), try #require(slots["b"]))
        var last: [String: Int32] = [:]
        last["quiet"] = 2
        _ = try await journal.append(Events.one("quiet-1", subject: "quiet", to: [b]))
        _ = try await journal.append(Events.one("quiet-2", subject: "quiet", to: [b]))
        for index in 0..<40 {
            let batch = Events.batch("\(index)", count: 10, subjects: Self.subjects, bodyBytes: 100, to: [a, b])
            let receipt = try await journal.append(batch)
            for (event, sequence) in zip(batch.events, receipt.sequences) {
                last[event.notification.subject ?? ""] = sequence.rawValue
            }
        }
        for name in ["a", "b"] {
            let reader = try journal.reader(for: EndpointID(rawValue: name))
            let events = try await reader.read(name == "a" ? 51 : 53)
            reader.settle(events.prefix(name == "a" ? 50 : 52).offsets)
            if name == "a" {
                try await reader.deadLetter(events[50].offset, reason: DeadLetterReason(condition: "c", description: "d"))
            }
        }
        try journal.trimNow()
        return last
    }

    private struct Found {
        var served: [String: [String]] = [:]
        var setAside: [String] = []
        var letters = 0
    }

    /// Opens, reads everything, and asks each subject for its next number.
    private func look(_ last: [String: Int32], in folder: TemporaryFolder, whatever: Comment) async throws -> Found {
        let journal = try folder.open()
        defer { journal.close() }
        var found = Found(setAside: journal.statistics.setAside)
        let slots = try journal.register(endpoints: ["a", "b"])
        for name in ["a", "b"] {
            let reader = try journal.reader(for: EndpointID(rawValue: name))
            var events: [JournalEvent] = []
            while reader.waiting > events.count {
                events += try await reader.next(maximumEvents: 1000, maximumBytes: 10_000_000)
            }
            found.served[name] = events.ids
            var lastOf: [String: Int32] = [:]
            for event in events {
                let (subject, sequence) = (event.notification.subject ?? "", event.notification.sequence?.rawValue ?? 0)
                #expect(sequence > lastOf[subject] ?? 0, whatever)
                lastOf[subject] = sequence
            }
        }
        found.letters = try await journal.deadLetters.count()
        var batch = Events.batch("new", count: Self.subjects, subjects: Self.subjects, to: EndpointSet(slots.values))
        batch.events += Events.one("quiet-3", subject: "quiet", to: EndpointSet(slots.values)).events
        let receipt = try await journal.append(batch)
        for (event, sequence) in zip(batch.events, receipt.sequences) {
            let subject = event.notification.subject ?? ""
            if !found.setAside.isEmpty, found.served.values.allSatisfy(\.isEmpty) { continue }  // all begin anew
            #expect(sequence.rawValue > last[subject] ?? 0, "\(subject): \(whatever)")
        }
        return found
    }

    private static let all = (5..<40).flatMap { row in (0..<10).map { "\(row)-\($0)" } }

    @Test("a file that nothing is wrong with stays where it is")
    func whole() async throws {
        let last = try await fill()
        let found = try await look(last, in: folder, whatever: "whole")
        #expect(found.setAside.isEmpty)
        #expect(found.served == ["a": Array(Self.all.dropFirst()), "b": Self.all])
        #expect(found.letters == 1)
    }

    @Test("a damaged row is set aside with the file, and all others are served", arguments: ["headers", "sequences", "count"])
    func row(column: String) async throws {
        let last = try await fill()
        let database = try DatabaseQueue(path: folder.database)
        try await database.write {
            let value = column == "count" ? "1000000" : "zeroblob(length(\(column)))"
            try $0.execute(sql: "UPDATE batches SET \(column) = \(value) WHERE first_offset IN (202, 392)")
        }
        try database.close()
        let found = try await look(last, in: folder, whatever: "\(column)")
        let rest = Self.all.filter { !$0.hasPrefix("20-") && !$0.hasPrefix("39-") }
        #expect(found.served == ["a": Array(rest.dropFirst()), "b": rest])
        #expect(found.letters == 1)
        // The old file holds what the new one does not, for whoever knows more.
        let old = try DatabaseQueue(path: try #require(found.setAside.first))
        #expect(try await old.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM batches") } == 35)
        // It is done once.
        let journal = try folder.open()
        defer { journal.close() }
        #expect(journal.statistics.setAside.isEmpty && journal.statistics.damagedRows == 0)
    }

    @Test("damaged sequence numbers make all subjects leap, so that none is given twice")
    func segment() async throws {
        let last = try await fill()
        let database = try DatabaseQueue(path: folder.database)
        try await database.write {
            try $0.execute(sql: "UPDATE subjects SET entries = zeroblob(length(entries))")
        }
        try database.close()
        let found = try await look(last, in: folder, whatever: "segment")
        #expect(found.setAside.count == 1)
        #expect(found.served["b"] == Self.all)
    }

    @Test("a header, a schema and an application id that are gone cost no event", arguments: [0, 68, 100])
    func header(offset: Int) async throws {
        let last = try await fill()
        try damage(at: offset, bytes: offset == 68 ? 4 : Self.pageBytes - offset)
        let found = try await look(last, in: folder, whatever: "header from \(offset)")
        #expect(found.setAside.count == 1)
        #expect(found.served == ["a": Array(Self.all.dropFirst()), "b": Self.all])
        #expect(found.letters == 1)
    }

    @Test("a file of garbage is set aside whole and the journal begins anew", arguments: [100, 5_000, 100_000])
    func garbage(bytes: Int) async throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        var random = SplitMix(state: 7)
        let content = Data((0..<bytes).map { _ in UInt8.random(in: 0...255, using: &random) })
        try content.write(to: URL(fileURLWithPath: folder.database))
        let found = try await look([:], in: folder, whatever: "garbage")
        let old = try #require(found.setAside.first)
        #expect(try Data(contentsOf: URL(fileURLWithPath: old)) == content)
        #expect(found.served == ["a": [], "b": []])
    }

    @Test("any page may be garbage, or missing with all after it: the rest is served in order")
    func everyPage() async throws {
        let last = try await fill()
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        var served: [Int] = []
        for page in 0..<(whole.count / Self.pageBytes) {
            for kind in 0..<2 {
                let place = page * Self.pageBytes
                var content = whole
                if kind == 1 {
                    content = content.prefix(place + Self.pageBytes / 2)
                } else {
                    content.replaceSubrange(place..<(place + Self.pageBytes), with: Data(repeating: 0xA7, count: Self.pageBytes))
                }
                let other = TemporaryFolder()
                try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: true)
                try content.write(to: URL(fileURLWithPath: other.database))
                let found = try await look(last, in: other, whatever: "page \(page), damage \(kind)")
                let b = try #require(found.served["b"])
                #expect(Set(b).count == b.count && Set(b).isSubset(of: Self.all))
                if kind == 0 { served.append(b.count) }
            }
        }
        // What a garbage page takes with it: a few rows, unless it is the one with the endpoints.
        #expect(served.count > 10)
        #expect(served.filter { $0 < 250 }.count <= 1)
    }

    @Test("a salvage that was killed before the files changed places is finished by the next opening")
    func interrupted() async throws {
        let last = try await fill()
        let salvaged = folder.path + "/journal-salvaged-20260102T030405Z.sqlite"
        try FileManager.default.moveItem(atPath: folder.database, toPath: salvaged)
        try Data("old".utf8).write(to: URL(fileURLWithPath: folder.database))
        try Data("old log".utf8).write(to: URL(fileURLWithPath: folder.database + "-wal"))
        let found = try await look(last, in: folder, whatever: "interrupted")
        #expect(found.served["b"] == Self.all)
        let names = try Set(FileManager.default.contentsOfDirectory(atPath: folder.path))
        #expect(names.isSuperset(of: ["journal-damaged-20260102T030405Z.sqlite", "journal-damaged-20260102T030405Z.sqlite-wal"]))
        #expect(!names.contains { $0.hasPrefix("journal-salvage") })
    }

    private func damage(at offset: Int, bytes: Int) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.database))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(repeating: 0xA7, count: bytes))
        try file.close()
    }
}
