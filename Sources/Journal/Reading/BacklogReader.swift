import GRDB
import Notifications

/// Reads an endpoint's events from the disk, several rows at a time.
struct BacklogReader: Sendable {
    let store: Store
    let figures: Figures

    /// Rows looked at in one go, and the bytes after which it stops.
    static let maximumRows = 256
    static let maximumBytes = 2 * 1024 * 1024

    struct Chunk: Sendable {
        /// The endpoint's events, an array a row.
        var rows: [[JournalEvent]]
        /// All events of the endpoint below this and from the start of the read on are in `rows`.
        var end: Int64
        var damaged: Bool
    }

    private enum Found: Sendable {
        case row(StoredRow)
        case damaged(RowKey, String)
    }

    /// The events of `slot` in `range`, or in the beginning of it.
    func read(_ range: Range<Int64>, slot: EndpointSlot) async throws(JournalError) -> Chunk {
        let (found, end) = try await store.read("reading events") { database in
            try Self.find(range, slot: slot, database)
        }
        var chunk = Chunk(rows: [], end: end, damaged: false)
        for found in found {
            switch found {
            case .row(let row):
                do throws(RowFault) {
                    chunk.rows.append(try RowDecoder.events(of: row, for: slot, from: range.lowerBound))
                } catch {
                    store.setAside(row)
                    figures.damagedRow(at: row.firstOffset, count: row.count, reason: "\(error)")
                    chunk.damaged = true
                }
            case .damaged(let key, let reason):
                figures.damagedRow(at: key.firstOffset, count: key.count, reason: reason)
                chunk.damaged = true
            }
        }
        return chunk
    }

    /// One event, whoever it is for; `nil` where it is gone or unreadable.
    func event(at offset: EventOffset) async throws(JournalError) -> JournalEvent? {
        let row = try await store.read("reading an event") { database -> StoredRow? in
            guard let key = try Store.keys(from: offset.rawValue, limit: 1, database).first else { return nil }
            return try Store.row(at: key.firstOffset, withBodies: true, database)
        }
        guard let row, let events = try? RowDecoder.events(of: row, for: nil, from: offset.rawValue) else { return nil }
        return events.first { $0.offset == offset }
    }

    private static func find(
        _ range: Range<Int64>, slot: EndpointSlot, _ database: Database
    ) throws -> (found: [Found], end: Int64) {
        let keys = try Store.keys(from: range.lowerBound, limit: maximumRows, database)
        var found: [Found] = []
        var end = range.lowerBound
        var bytes = 0
        for key in keys {
            guard key.firstOffset < range.upperBound else { return (found, range.upperBound) }
            guard key.endOffset > range.lowerBound else { continue }
            if key.endpoints.contains(slot) {
                guard bytes < maximumBytes else { return (found, end) }
                do {
                    if let row = try Store.row(at: key.firstOffset, withBodies: true, database) {
                        found.append(.row(row))
                    }
                } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                    found.append(.damaged(key, "SQLite: \(error.message ?? "corrupt")"))
                }
                bytes += key.bytes
            }
            end = min(key.endOffset, range.upperBound)
        }
        return (found, keys.count < maximumRows ? range.upperBound : max(end, range.lowerBound + 1))
    }
}
