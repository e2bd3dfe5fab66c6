import Foundation
import GRDB
import Notifications

/// A row of `dead_letters` as it was read.
struct StoredDeadLetter: Sendable {
    var id: Int64
    var endpoint: EndpointID
    var offset: Int64
    var condition: String
    var description: String
    var tries: [UInt8]
    var recordedAtMilliseconds: Int64
    var sequence: Int64
    var bytes: Int
    /// `nil` in letters of format version 1.
    var headersChecksum: UInt64?
    var bodiesChecksum: UInt64?
    var headers: [UInt8]
    /// `nil` where it was not asked for.
    var bodies: [UInt8]?
}

extension DeadLetterFilter {
    fileprivate var clause: (sql: String, arguments: StatementArguments) {
        var parts: [String] = []
        var arguments = StatementArguments()
        if let endpoint {
            parts.append("endpoint = ?")
            arguments += [endpoint.rawValue]
        }
        if let condition {
            parts.append("condition = ?")
            arguments += [condition]
        }
        if let ids { parts.append("id IN (\(ids.map(String.init).joined(separator: ", ")))") }
        if let after { parts.append("id > \(after)") }
        if let through { parts.append("id <= \(through)") }
        return (parts.isEmpty ? "" : " WHERE " + parts.joined(separator: " AND "), arguments)
    }
}

extension Store {
    /// The oldest first. Stops once it has read `maximumBytes`.
    static func deadLetters(
        _ filter: DeadLetterFilter, limit: Int, maximumBytes: Int = .max, withBodies: Bool, _ database: Database
    ) throws -> [StoredDeadLetter] {
        let (condition, arguments) = filter.clause
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT id, endpoint, event_offset, condition, recorded_at_ms, sequence, bytes, headers_checksum,
                    bodies_checksum, description, tries, headers\(withBodies ? ", bodies" : "")
                FROM dead_letters\(condition) ORDER BY id LIMIT \(limit)
                """, arguments: arguments)
        var letters: [StoredDeadLetter] = []
        var bytes = 0
        while bytes < maximumBytes, let row = try rows.next() {
            letters.append(StoredDeadLetter(
                id: row.int64(0), endpoint: EndpointID(rawValue: row.text(1)), offset: row.int64(2),
                condition: row.text(3), description: row.text(9), tries: try row.bytes(10),
                recordedAtMilliseconds: row.int64(4), sequence: row.int64(5), bytes: Int(row.int64(6)),
                headersChecksum: row.checksum(7), bodiesChecksum: row.checksum(8), headers: try row.bytes(11),
                bodies: withBodies ? try row.bytes(12) : nil))
            bytes += Int(row.int64(6))
        }
        return letters
    }

    static func deadLetterGroups(_ filter: DeadLetterFilter, _ database: Database) throws -> [DeadLetterGroup] {
        let (condition, arguments) = filter.clause
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT g.endpoint, g.condition, g.count, f.recorded_at_ms, l.recorded_at_ms
                FROM (SELECT endpoint, condition, count(*) AS count, min(id) AS first, max(id) AS last
                    FROM dead_letters\(condition) GROUP BY endpoint, condition) g
                JOIN dead_letters f ON f.id = g.first JOIN dead_letters l ON l.id = g.last
                ORDER BY g.endpoint, g.condition
                """, arguments: arguments)
        return rows.map { row in
            DeadLetterGroup(
                endpoint: EndpointID(rawValue: row.text(0)), condition: row.text(1), count: Int(row.int64(2)),
                firstAtMilliseconds: row.int64(3), lastAtMilliseconds: row.int64(4))
        }
    }

    static func deadLetterCount(_ filter: DeadLetterFilter, _ database: Database) throws -> Int {
        let (condition, arguments) = filter.clause
        return try Int.fetchOne(
            database, sql: "SELECT count(*) FROM dead_letters\(condition)", arguments: arguments) ?? 0
    }

    static func newestDeadLetter(_ filter: DeadLetterFilter, _ database: Database) throws -> Int64? {
        let (condition, arguments) = filter.clause
        return try Int64.fetchOne(
            database, sql: "SELECT max(id) FROM dead_letters\(condition)", arguments: arguments)
    }

    /// Deletes up to `limit` letters, the oldest first, and says what they were.
    static func deleteDeadLetters(
        _ filter: DeadLetterFilter, limit: Int, _ database: Database
    ) throws -> LetterTotals {
        let (condition, arguments) = filter.clause
        let rows = try Row.fetchAll(
            database, sql: "SELECT id, bytes FROM dead_letters\(condition) ORDER BY id LIMIT \(limit)",
            arguments: arguments)
        try delete(rows.map { $0.int64(0) }, database)
        return LetterTotals(count: rows.count, bytes: rows.reduce(0) { $0 + Int($1.int64(1)) })
    }

    static func delete(_ letters: [Int64], _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "DELETE FROM dead_letters WHERE id = ?")
        for id in letters { try statement.execute(arguments: [id]) }
    }

    /// The letters' events are events again. `own` letters leave the endpoint's count; `strange`
    /// ones, of an earlier registration, come in like new events.
    static func revive(own: Int, strange: Int, of endpoint: EndpointID, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE endpoints SET dead_lettered = dead_lettered - ?, received_base = received_base - ? WHERE name = ?
                """, arguments: [own, strange, endpoint.rawValue])
    }
}

extension Row {
    fileprivate func text(_ index: Int) -> String {
        String.fromDatabaseValue(self[index] as DatabaseValue) ?? ""
    }

    fileprivate func checksum(_ index: Int) -> UInt64? {
        Int64.fromDatabaseValue(self[index] as DatabaseValue).map(UInt64.init(bitPattern:))
    }
}

extension StoredDeadLetter {
    /// The event; without its body where that was not read.
    func notification() throws(RowFault) -> Notifications.Notification {
        if let headersChecksum, Checksum.of(headers) != headersChecksum { throw .checksum(of: "headers") }
        if let bodies, let bodiesChecksum, Checksum.of(bodies) != bodiesChecksum { throw .checksum(of: "bodies") }
        let number = SequenceNumber(rawValue: Int32(truncatingIfNeeded: sequence))
        let sequences = RowLayout.bytes(of: [number])
        let row = StoredRow(
            firstOffset: offset, count: 1, endpoints: [], kind: 0, arrivedAtMilliseconds: 0,
            headersChecksum: RowLayout.headersChecksum(
                headers: Checksum.of(headers), sequences: sequences, firstOffset: offset, count: 1, endpoints: [],
                kind: 0, arrivedAtMilliseconds: 0),
            bodiesChecksum: Checksum.of(bodies ?? []), sequences: sequences, headers: headers, bodies: bodies ?? [])
        return try RowDecoder.notification(of: row, withBody: bodies != nil)
    }

    var letter: DeadLetter {
        var notification: Notifications.Notification?
        var damage: String?
        do throws(RowFault) {
            notification = try self.notification()
        } catch {
            damage = "\(error)"
        }
        return DeadLetter(
            id: id, endpoint: endpoint, offset: EventOffset(rawValue: offset),
            reason: DeadLetterReason(
                condition: condition, description: description, tries: (try? DeliveryTry.decode(tries)) ?? []),
            recordedAtMilliseconds: recordedAtMilliseconds, bytes: bytes, notification: notification, damage: damage)
    }
}
