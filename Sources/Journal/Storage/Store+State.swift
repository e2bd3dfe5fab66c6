import Foundation
import GRDB
import Notifications

/// A row of `endpoints`.
struct StoredEndpoint: Sendable, Hashable {
    var slot: EndpointSlot
    var id: EndpointID
    var cursor: Int64
}

/// A row of `state`.
enum StateName: String {
    case nextOffset = "next_offset"
    case unwanted
    case redriven
    case lettersEvicted = "letters_evicted"
    case clockTime = "clock_ms"
    case clockBoot = "clock_boot_id"
    case clockBootTime = "clock_boot_ms"
    case clockWallTime = "clock_wall_ms"
}

/// A row of `subjects`.
struct StoredSegment: Sendable {
    var id: Int64
    var checksum: UInt64
    var entries: [UInt8]
}

extension Store {
    // MARK: Endpoints

    static func endpoints(_ database: Database) throws -> [StoredEndpoint] {
        try Row.fetchAll(database, sql: "SELECT slot, name, cursor FROM endpoints ORDER BY slot").compactMap { row in
            guard let raw = UInt8(exactly: row.int64(0)), let slot = EndpointSlot(rawValue: raw),
                let name = String.fromDatabaseValue(row[1] as DatabaseValue)
            else { return nil }
            return StoredEndpoint(slot: slot, id: EndpointID(rawValue: name), cursor: row.int64(2))
        }
    }

    static func replaceEndpoints(_ endpoints: [StoredEndpoint], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM endpoints")
        for endpoint in endpoints {
            try database.execute(
                sql: """
                    INSERT INTO endpoints (slot, name, cursor, start_offset, received_base, unwanted_base, counted_to)
                    VALUES (?1, ?2, ?3, ?3, ?3, 0, ?3)
                    """,
                arguments: [Int(endpoint.slot.rawValue), endpoint.id.rawValue, endpoint.cursor])
        }
    }

    static func setCursor(_ cursor: Int64, of slot: EndpointSlot, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "UPDATE endpoints SET cursor = ? WHERE slot = ?")
        try statement.execute(arguments: [cursor, Int(slot.rawValue)])
    }

    // MARK: Offsets

    static func nextOffset(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: """
            SELECT max((SELECT value FROM state WHERE name = 'next_offset'),
                coalesce((SELECT first_offset + count FROM batches ORDER BY first_offset DESC LIMIT 1), 0),
                coalesce((SELECT max(cursor) FROM endpoints), 0))
            """) ?? 0
    }

    // MARK: Single numbers

    static func number(_ name: StateName, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT value FROM state WHERE name = ?", arguments: [name.rawValue])
    }

    static func set(_ name: StateName, to value: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: """
            INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """)
        try statement.execute(arguments: [name.rawValue, value])
    }

    // MARK: Subjects

    static func segmentIDs(_ database: Database) throws -> [Int64] {
        try Int64.fetchAll(database, sql: "SELECT segment FROM subjects ORDER BY segment")
    }

    static func segment(_ id: Int64, _ database: Database) throws -> StoredSegment? {
        let statement = try database.cachedStatement(
            sql: "SELECT segment, checksum, entries FROM subjects WHERE segment = ?")
        let rows = try Row.fetchCursor(statement, arguments: [id])
        guard let row = try rows.next() else { return nil }
        return StoredSegment(
            id: row.int64(0), checksum: UInt64(bitPattern: row.int64(1)), entries: try row.bytes(2))
    }

    static func insertSegment(_ segment: SubjectSegment.Encoded, id: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO subjects (segment, checksum, entries) VALUES (?, ?, ?)")
        try segment.entries.withBoundData { entries in
            try statement.execute(arguments: [id, Int64(bitPattern: segment.checksum), entries])
        }
    }

    static func deleteSegment(_ id: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "DELETE FROM subjects WHERE segment = ?")
        try statement.execute(arguments: [id])
    }

    // MARK: Dead letters

    /// Does nothing if the event is there already.
    static func insertDeadLetter(_ letter: NewDeadLetter, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: """
            INSERT OR IGNORE INTO dead_letters (endpoint, event_offset, condition, recorded_at_ms, sequence,
                bytes, headers_checksum, bodies_checksum, description, tries, headers, bodies)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        let batch = letter.batch
        try DeliveryTry.encode(letter.reason.tries).withBoundData { tries in
            try batch.headers.withBoundData { headers in
                try batch.bodies.withBoundData { bodies in
                    try statement.execute(arguments: [
                        letter.endpoint.rawValue, letter.offset.rawValue, letter.reason.condition,
                        letter.recordedAtMilliseconds, letter.sequence.map { Int64($0.rawValue) } ?? 0,
                        batch.encodedBytes, Int64(bitPattern: batch.headersChecksum),
                        Int64(bitPattern: batch.bodiesChecksum), letter.reason.description, tries, headers, bodies,
                    ])
                }
            }
        }
    }

    /// Offsets that an endpoint has in the dead letters, from its cursor on.
    static func deadLetterOffsets(of endpoint: EndpointID, from cursor: Int64, _ database: Database) throws -> [Int64] {
        try Int64.fetchAll(
            database, sql: "SELECT event_offset FROM dead_letters WHERE endpoint = ? AND event_offset >= ?",
            arguments: [endpoint.rawValue, cursor])
    }

    // MARK: Size

    /// Free pages and all pages of the file.
    static func pages(_ database: Database) throws -> (free: Int, all: Int, bytesEach: Int) {
        (
            try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0,
            try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0,
            try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
        )
    }
}

/// A row of `dead_letters` that is about to be written.
struct NewDeadLetter: Sendable {
    var endpoint: EndpointID
    var offset: EventOffset
    var reason: DeadLetterReason
    /// Milliseconds since 1970-01-01T00:00:00Z.
    var recordedAtMilliseconds: Int64
    var sequence: SequenceNumber?
    /// The event alone.
    var batch: EncodedBatch
}
