import Foundation
import GRDB

extension Store {
    static func insertMarks(_ marks: IntakeMarks, id: Int64, deletingUpTo last: Int64?, _ database: Database) throws {
        let kept = marks.entries.suffix(IntakeMarks.maximumCount)
        let entries = IntakeMarks.encode(kept)
        let insert = try database.cachedStatement(
            sql: "INSERT INTO marks (id, source, count, checksum, entries) VALUES (?, ?, ?, ?, ?)")
        try entries.withBoundData { data in
            try insert.execute(arguments: [id, marks.source, kept.count, Int64(bitPattern: Checksum.of(entries)), data])
        }
        guard let last else { return }
        let delete = try database.cachedStatement(sql: "DELETE FROM marks WHERE source = ? AND id <= ?")
        try delete.execute(arguments: [marks.source, last])
    }

    static func deleteMarks(of source: String, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM marks WHERE source = ?", arguments: [source])
    }

    static func markIndex(_ database: Database) throws -> MarkIndex {
        var index = MarkIndex()
        let rows = try Row.fetchCursor(database, sql: "SELECT id, source, count FROM marks ORDER BY id")
        while let row = try rows.next() {
            guard let source = String.fromDatabaseValue(row[1] as DatabaseValue) else { continue }
            index.add(MarkIndex.Row(id: row.int64(0), count: Int(row.int64(2))), of: source)
        }
        return index
    }

    /// The latest marks of a source, the oldest first. They end before a row that cannot be read:
    /// only an unbroken end of what came is of use.
    static func marks(of source: String, _ database: Database) throws -> [IntakeMark] {
        var newestFirst: [[IntakeMark]] = []
        var count = 0
        let rows = try Row.fetchCursor(
            database, sql: "SELECT checksum, entries FROM marks WHERE source = ? ORDER BY id DESC", arguments: [source])
        while count < IntakeMarks.maximumCount, let row = try rows.next() {
            let bytes = try row.bytes(1)
            guard Checksum.of(bytes) == UInt64(bitPattern: row.int64(0)),
                let entries = try? IntakeMarks.decode(bytes)
            else { break }
            newestFirst.append(entries)
            count += entries.count
        }
        return Array(newestFirst.reversed().joined().suffix(IntakeMarks.maximumCount))
    }
}
