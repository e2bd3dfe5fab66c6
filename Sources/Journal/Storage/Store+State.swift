import Foundation
import GRDB
import Notifications

/// A row of `state`.
enum StateName: String {
    case nextOffset = "next_offset"
    case unwanted
    case redriven
    case lettersEvicted = "letters_evicted"
    case sequenceBase = "sequence_base"
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
        let rows = try Row.fetchAll(database, sql: """
            SELECT slot, name, cursor, start_offset, received_base, unwanted_base, counted_to, not_routed,
                delivered, expired, dropped, dead_lettered FROM endpoints ORDER BY slot
            """)
        return rows.compactMap { row in
            guard let raw = UInt8(exactly: row.int64(0)), let slot = EndpointSlot(rawValue: raw),
                let name = String.fromDatabaseValue(row[1] as DatabaseValue)
            else { return nil }
            return StoredEndpoint(
                slot: slot, id: EndpointID(rawValue: name), cursor: row.int64(2), startOffset: row.int64(3),
                receivedBase: row.int64(4), unwantedBase: row.int64(5), countedTo: row.int64(6),
                notRouted: Int(row.int64(7)),
                settled: SettlementCounts(
                    delivered: Int(row.int64(8)), expired: Int(row.int64(9)), dropped: Int(row.int64(10))),
                deadLettered: Int(row.int64(11)))
        }
    }

    static func replaceEndpoints(_ endpoints: [StoredEndpoint], _ database: Database) throws {
        try database.execute(sql: "DELETE FROM endpoints")
        for endpoint in endpoints {
            try database.execute(
                sql: """
                    INSERT INTO endpoints (slot, name, cursor, start_offset, received_base, unwanted_base, counted_to,
                        not_routed, delivered, expired, dropped, dead_lettered)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    Int(endpoint.slot.rawValue), endpoint.id.rawValue, endpoint.cursor, endpoint.startOffset,
                    endpoint.receivedBase, endpoint.unwantedBase, endpoint.countedTo, endpoint.notRouted,
                    endpoint.settled.delivered, endpoint.settled.expired, endpoint.settled.dropped,
                    endpoint.deadLettered,
                ])
        }
        // Those of endpoints that are gone, and those that the cursors have passed.
        try database.execute(sql: """
            DELETE FROM tombstones WHERE NOT EXISTS (
                SELECT 1 FROM endpoints e WHERE e.name = tombstones.endpoint AND tombstones.event_offset >= e.cursor)
            """)
    }

    /// The cursor and what is written with it; not the dead letters, which are counted as they come.
    static func update(_ endpoint: StoredEndpoint, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: """
            UPDATE endpoints SET cursor = ?, counted_to = ?, not_routed = ?, delivered = ?, expired = ?, dropped = ?
            WHERE slot = ?
            """)
        try statement.execute(arguments: [
            endpoint.cursor, endpoint.countedTo, endpoint.notRouted, endpoint.settled.delivered,
            endpoint.settled.expired, endpoint.settled.dropped, Int(endpoint.slot.rawValue),
        ])
        guard endpoint.hasOldTombstones else { return }
        let delete = try database.cachedStatement(
            sql: "DELETE FROM tombstones WHERE endpoint = ? AND event_offset < ?")
        try delete.execute(arguments: [endpoint.id.rawValue, endpoint.cursor])
    }

    static func tombstones(of endpoint: EndpointID, from cursor: Int64, _ database: Database) throws -> [Int64] {
        try Int64.fetchAll(
            database, sql: "SELECT event_offset FROM tombstones WHERE endpoint = ? AND event_offset >= ?",
            arguments: [endpoint.rawValue, cursor])
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

    static func clockAnchor(_ database: Database) throws -> JournalClock.Anchor? {
        guard let time = try number(.clockTime, database), let bootID = try number(.clockBoot, database),
            let bootTime = try number(.clockBootTime, database), let wallTime = try number(.clockWallTime, database)
        else { return nil }
        return JournalClock.Anchor(time: time, bootID: bootID, bootTime: bootTime, wallTime: wallTime)
    }

    static func set(_ anchor: JournalClock.Anchor, _ database: Database) throws {
        try set(.clockTime, to: anchor.time, database)
        try set(.clockBoot, to: anchor.bootID, database)
        try set(.clockBootTime, to: anchor.bootTime, database)
        try set(.clockWallTime, to: anchor.wallTime, database)
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
