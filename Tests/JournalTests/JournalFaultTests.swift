import Foundation
import GRDB
import Logging
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalFaultTests {
    let folder = TemporaryFolder()

    @Test("a failed commit leaves no gap in offsets or sequences, and the next one succeeds")
    func failedCommit() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        _ = try await journal.append(Events.batch("1", count: 3, to: [slot]))
        try journal.limitGrowth(toPages: 2)
        let error = await #expect(throws: JournalError.self) {
            try await journal.append(Events.batch("lost", count: 1000, subjects: 7, bodyBytes: 500, to: [slot]))
        }
        guard case .storage(let fault) = error else {
            Issue.record("not a storage fault: \(String(describing: error))")
            return
        }
        #expect(fault.primaryCode == 13)
        #expect(JournalError.storage(fault).description.contains("free disk space"))
        #expect(journal.statistics.failedCommits == 1)

        try journal.limitGrowth(toPages: nil)
        let receipt = try await journal.append(Events.batch("2", count: 7, subjects: 7, to: [slot]))
        #expect(receipt.firstOffset.rawValue == 3)
        #expect(receipt.sequences.map(\.rawValue) == [2, 2, 2, 1, 1, 1, 1])
        #expect(try await journal.reader(for: "a").read(10).ids == (0..<3).map { "1-\($0)" } + (0..<7).map { "2-\($0)" })
    }

    @Test("a second opener is refused and told who has the folder")
    func locked() throws {
        let journal = try folder.open()
        let holder = String(ProcessInfo.processInfo.processIdentifier)
        #expect(throws: JournalError.folderLocked(folder: folder.path, holder: holder)) { try folder.open() }
        journal.close()
    }

    @Test("an unknown format version is refused and the file left as it is")
    func unknownVersion() async throws {
        try folder.open().close()
        let database = try DatabaseQueue(path: folder.database)
        try await database.write { try $0.execute(sql: "PRAGMA user_version = 9") }
        try database.close()
        #expect(throws: JournalError.unknownFormatVersion(path: folder.database, found: 9, known: 2)) { try folder.open() }
    }

    @Test("somebody else's database is refused")
    func notAJournal() async throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let database = try DatabaseQueue(path: folder.database)
        try await database.write { try $0.execute(sql: "CREATE TABLE mine (a)") }
        try database.close()
        #expect(throws: JournalError.notAJournal(path: folder.database, reason: "its application id is 0")) { try folder.open() }
    }

    @Test("a folder that cannot be is named with the reason")
    func noFolder() throws {
        let error = #expect(throws: JournalError.self) {
            try Journal(folder: "/proc/nothing/here", durability: .powerLoss, logger: .init(label: "test"))
        }
        #expect(error?.description.contains("/proc/nothing/here") == true)
    }

    @Test("a damaged row is passed over and counted; the rest is served", arguments: ["headers", "bodies", "sequences"])
    func damagedRow(column: String) async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            let slot = try #require(try journal.register(endpoints: ["a"])["a"])
            for index in 0..<3 { _ = try await journal.append(Events.batch("\(index)", count: 4, to: [slot])) }
        }
        let database = try DatabaseQueue(path: folder.database)
        try await database.write {
            try $0.execute(sql: "UPDATE batches SET \(column) = zeroblob(length(\(column))) WHERE first_offset = 4")
        }
        try database.close()

        let journal = try folder.open()
        defer { journal.close() }
        let reader = try journal.reader(for: "a")
        let events = try await reader.read(8)
        #expect(events.ids == (0..<4).map { "0-\($0)" } + (0..<4).map { "2-\($0)" })
        #expect(journal.statistics.damagedRows > 0)
        // A damaged header is found by the opening, a damaged body by who reads it.
        let row = FileManager.default.fileExists(atPath: folder.path + "/journal-damaged-row-4.bin")
        #expect(row == (column == "bodies") && journal.statistics.setAside.isEmpty == row)
        #expect(reader.waiting == 8)
        reader.settle(events.offsets)
        #expect(reader.waiting == 0)
        try journal.trimNow()
        #expect(journal.statistics.eventsStored == 0)
    }

    @Test("a closed journal says so to everyone")
    func closed() async throws {
        let journal = try folder.open()
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        let reader = try journal.reader(for: "a")
        let waiting = Task { try await reader.next(maximumEvents: 1, maximumBytes: 1) }
        journal.close()
        journal.close()
        await #expect(throws: JournalError.closed) { try await waiting.value }
        await #expect(throws: JournalError.closed) { try await journal.append(Events.batch("e", count: 1, to: [slot])) }
        #expect(throws: JournalError.closed) { try journal.register(endpoints: []) }
        reader.settle([EventOffset(rawValue: 0)])
        reader.rewind()
    }

    @Test("the durability reaches SQLite, which GRDB would leave at NORMAL", arguments: [
        (Durability.powerLoss, 2), (.processCrash, 1),
    ])
    func synchronous(durability: Durability, expected: Int) throws {
        let store = try Store(folder: folder.path, durability: durability)
        let (synchronous, mode, vacuum) = try store.direct("looking") { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA synchronous"),
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(database, sql: "PRAGMA auto_vacuum")
            )
        }
        #expect(synchronous == expected)
        #expect(mode == "wal")
        #expect(vacuum == 2)
        try store.close()
    }

    @Test("an empty batch is committed as nothing")
    func empty() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        #expect(try await journal.append(JournalBatch(events: [])).count == 0)
        #expect(journal.statistics.eventsAppended == 0)
    }
}
