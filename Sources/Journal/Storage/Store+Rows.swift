import Foundation
import GRDB
import Notifications

/// The fixed columns of a row.
struct RowKey: Sendable {
    var firstOffset: Int64
    var count: Int
    var endpoints: EndpointSet
    /// Bytes of the three blobs.
    var bytes: Int

    var endOffset: Int64 { firstOffset + Int64(count) }
}

/// A row that is about to be written.
struct NewRow {
    var firstOffset: Int64
    var batch: EncodedBatch
    var sequences: [SequenceNumber]
    var kind = RowKind.intake
    /// On the journal's clock.
    var arrivedAtMilliseconds: Int64 = 0
}

/// How the events of a row came into the journal.
enum RowKind: Int64, Sendable {
    /// By an append: they have new sequence numbers.
    case intake = 0
    /// Out of the dead letters, with the sequence numbers that they had: such a row says nothing
    /// of the last number of a subject, and is no new event for the books.
    case redrive = 1
}

extension Store {
    static func insert(_ row: NewRow, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: """
            INSERT INTO batches (first_offset, count, endpoints, kind, arrived_at_ms, headers_checksum,
                bodies_checksum, sequences, headers, bodies) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        let batch = row.batch
        let sequences = RowLayout.bytes(of: row.sequences)
        let checksum = RowLayout.headersChecksum(
            headers: batch.headersChecksum, sequences: sequences, firstOffset: row.firstOffset,
            count: batch.count, endpoints: batch.endpoints, kind: row.kind.rawValue,
            arrivedAtMilliseconds: row.arrivedAtMilliseconds)
        try sequences.withBoundData { sequences in
            try batch.headers.withBoundData { headers in
                try batch.bodies.withBoundData { bodies in
                    try statement.execute(arguments: [
                        row.firstOffset, batch.count, Int64(bitPattern: batch.endpoints.bits),
                        row.kind.rawValue, row.arrivedAtMilliseconds,
                        Int64(bitPattern: checksum), Int64(bitPattern: batch.bodiesChecksum),
                        sequences, headers, bodies,
                    ])
                }
            }
        }
    }

    /// Rows that hold `offset` or later events, the oldest first.
    static func keys(from offset: Int64, limit: Int, _ database: Database) throws -> [RowKey] {
        let statement = try database.cachedStatement(sql: """
            SELECT first_offset, count, endpoints, length(sequences) + length(headers) + length(bodies)
            FROM batches
            WHERE first_offset >= coalesce((SELECT max(first_offset) FROM batches WHERE first_offset <= ?1), 0)
            ORDER BY first_offset LIMIT ?2
            """)
        var keys: [RowKey] = []
        let rows = try Row.fetchCursor(statement, arguments: [offset, limit])
        while let row = try rows.next() {
            let count = Int(row.int64(1))
            let first = row.int64(0)
            // A count that is damaged must not move a reader past events it has not seen.
            guard count > 0, count <= RowLayout.maximumBytes else {
                keys.append(RowKey(firstOffset: first, count: 1, endpoints: EndpointSet(bits: .max), bytes: 0))
                continue
            }
            keys.append(RowKey(
                firstOffset: first, count: count,
                endpoints: EndpointSet(bits: UInt64(bitPattern: row.int64(2))), bytes: Int(row.int64(3))))
        }
        return keys
    }

    /// A row's bytes; `nil` where it is gone.
    static func row(at firstOffset: Int64, withBodies: Bool, _ database: Database) throws -> StoredRow? {
        let statement = try database.cachedStatement(sql: withBodies
            ? """
              SELECT first_offset, count, endpoints, kind, arrived_at_ms, headers_checksum, bodies_checksum,
                  sequences, headers, bodies
              FROM batches WHERE first_offset = ?
              """
            : """
              SELECT first_offset, count, endpoints, kind, arrived_at_ms, headers_checksum, bodies_checksum,
                  sequences, headers
              FROM batches WHERE first_offset = ?
              """)
        let rows = try Row.fetchCursor(statement, arguments: [firstOffset])
        guard let row = try rows.next() else { return nil }
        return StoredRow(
            firstOffset: row.int64(0), count: Int(row.int64(1)),
            endpoints: EndpointSet(bits: UInt64(bitPattern: row.int64(2))),
            kind: row.int64(3), arrivedAtMilliseconds: row.int64(4),
            headersChecksum: UInt64(bitPattern: row.int64(5)), bodiesChecksum: UInt64(bitPattern: row.int64(6)),
            sequences: try row.bytes(7), headers: try row.bytes(8), bodies: withBodies ? try row.bytes(9) : [])
    }

    static func deleteRows(below offset: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "DELETE FROM batches WHERE first_offset < ?")
        try statement.execute(arguments: [offset])
    }
}
