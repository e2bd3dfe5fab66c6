import Foundation
import GRDB
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalMigrationTests {
    let folder = TemporaryFolder()

    /// The tables as version 1 had them.
    private static let version1 = """
        CREATE TABLE batches (first_offset INTEGER PRIMARY KEY, count INTEGER NOT NULL, endpoints INTEGER NOT NULL,
            headers_checksum INTEGER NOT NULL, bodies_checksum INTEGER NOT NULL, sequences BLOB NOT NULL,
            headers BLOB NOT NULL, bodies BLOB NOT NULL);
        CREATE TABLE endpoints (slot INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, cursor INTEGER NOT NULL);
        CREATE TABLE subjects (segment INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, entries BLOB NOT NULL);
        CREATE TABLE dead_letters (id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, event_offset INTEGER NOT NULL,
            condition TEXT NOT NULL, description TEXT NOT NULL, recorded_at_ms INTEGER NOT NULL,
            sequence INTEGER NOT NULL, headers BLOB NOT NULL, bodies BLOB NOT NULL, UNIQUE (endpoint, event_offset));
        CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO state VALUES ('next_offset', 0);
        PRAGMA application_id = \(0x7477_7274);
        PRAGMA user_version = 1;
        """

    /// A journal of version 1: ten events for `a`, of which 0…3 are settled and 2 and 5 are dead letters.
    private func writeVersion1() async throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let slot = try #require(EndpointSlot(rawValue: 0))
        let batch = Events.batch("old", count: 10, to: [slot])
        let row = try RowEncoder.encode(batch)
        let letters = try [2, 5].map { ($0, try RowEncoder.encode(JournalBatch(events: [batch.events[$0]]))) }
        let database = try DatabaseQueue(path: folder.database)
        try await database.write { database in
            try database.execute(sql: Self.version1)
            let sequences = (0..<10).map { SequenceNumber(rawValue: Int32($0 / 3 + 1)) }
            let checksum = RowLayout.headersChecksum(
                headers: row.headersChecksum, sequences: RowLayout.bytes(of: sequences), firstOffset: 0, count: 10,
                endpoints: row.endpoints, kind: 0, arrivedAtMilliseconds: 0)
            try database.execute(sql: "INSERT INTO batches VALUES (0, 10, 1, ?, ?, ?, ?, ?)", arguments: [
                Int64(bitPattern: checksum), Int64(bitPattern: row.bodiesChecksum),
                Data(RowLayout.bytes(of: sequences)), Data(row.headers), Data(row.bodies),
            ])
            try database.execute(sql: "INSERT INTO endpoints VALUES (0, 'a', 4)")
            for (offset, letter) in letters {
                try database.execute(
                    sql: "INSERT INTO dead_letters VALUES (NULL, 'a', ?, 'no', 'never', 1, 1, ?, ?)",
                    arguments: [offset, Data(letter.headers), Data(letter.bodies)])
            }
        }
        try database.close()
    }

    @Test("a journal of version 1 goes on where it was")
    func goesOn() async throws {
        try await writeVersion1()
        for _ in 0..<2 {
            let journal = try folder.open()
            defer { journal.close() }
            let reader = try journal.reader(for: "a")
            #expect(reader.waiting == 5)
            #expect(try await reader.read(5).ids == ["old-4", "old-6", "old-7", "old-8", "old-9"])
        }
        let journal = try folder.open()
        defer { journal.close() }
        let receipt = try await journal.append(Events.batch("new", count: 3, to: []))
        #expect(receipt.firstOffset.rawValue == 10)
        #expect(receipt.sequences.map(\.rawValue) == [5, 4, 4])
    }
}
