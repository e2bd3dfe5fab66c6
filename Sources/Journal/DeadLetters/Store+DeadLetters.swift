import Foundation
import GRDB
import Notifications

extension Store {
    static func letterTotals(_ database: Database) throws -> LetterTotals {
        let row = try Row.fetchOne(database, sql: "SELECT count(*), coalesce(sum(bytes), 0) FROM dead_letters")
        return LetterTotals(count: Int(row?.int64(0) ?? 0), bytes: Int(row?.int64(1) ?? 0))
    }

    /// Writes letters and makes the oldest leave as far as the limits ask for it. Returns what left.
    static func insertDeadLetters(
        _ letters: [NewDeadLetter], present: LetterTotals, limits: DeadLetterLimits, _ database: Database
    ) throws -> LetterTotals {
        guard !letters.isEmpty else { return LetterTotals() }
        var left = present
        for letter in letters {
            try insertDeadLetter(letter, database)
            left.count += 1
            left.bytes += letter.batch.encodedBytes
        }
        return try evict(left, limits: limits, database)
    }

    /// Deletes the oldest letters until `present` is within the limits, but for the latest letter.
    static func evict(
        _ present: LetterTotals, limits: DeadLetterLimits, _ database: Database
    ) throws -> LetterTotals {
        var left = present
        func isAbove() -> Bool { left.count > 1 && (left.count > limits.count || left.bytes > limits.bytes) }
        while isAbove() {
            var last: Int64?
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: "SELECT id, bytes FROM dead_letters ORDER BY id LIMIT 256"))
            while isAbove(), let row = try rows.next() {
                last = row.int64(0)
                left.count -= 1
                left.bytes -= Int(row.int64(1))
            }
            guard let last else { break }
            let delete = try database.cachedStatement(sql: "DELETE FROM dead_letters WHERE id <= ?")
            try delete.execute(arguments: [last])
        }
        let evicted = LetterTotals(count: present.count - left.count, bytes: present.bytes - left.bytes)
        if evicted.count > 0 {
            try set(.lettersEvicted, to: (try number(.lettersEvicted, database) ?? 0) + Int64(evicted.count), database)
        }
        return evicted
    }

    /// Writes the letter with its tombstone, and counts it in the endpoint's books.
    private static func insertDeadLetter(_ letter: NewDeadLetter, _ database: Database) throws {
        try insertTombstone(of: letter.offset.rawValue, endpoint: letter.endpoint, database)
        let count = try database.cachedStatement(
            sql: "UPDATE endpoints SET dead_lettered = dead_lettered + 1 WHERE name = ?")
        try count.execute(arguments: [letter.endpoint.rawValue])
        let statement = try database.cachedStatement(sql: """
            INSERT OR REPLACE INTO dead_letters (endpoint, event_offset, condition, recorded_at_ms, sequence,
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

    private static func insertTombstone(of offset: Int64, endpoint: EndpointID, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO tombstones (endpoint, event_offset) VALUES (?, ?)")
        try statement.execute(arguments: [endpoint.rawValue, offset])
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

extension NewDeadLetter {
    /// Throws ``JournalError/batchTooLarge(bytes:maximum:)``.
    init(
        _ event: JournalEvent, endpoint: EndpointID, reason: DeadLetterReason, recordedAtMilliseconds: Int64
    ) throws(JournalError) {
        var notification = event.notification
        // Apart from the header, so that a list of letters need not read it.
        let body = Array(notification.body)
        notification.body = body[...]
        self.init(
            endpoint: endpoint, offset: event.offset, reason: reason, recordedAtMilliseconds: recordedAtMilliseconds,
            sequence: notification.sequence,
            batch: try RowEncoder.encode(JournalBatch(
                events: [PendingEvent(notification: notification, endpoints: [])], arena: body)))
    }
}
