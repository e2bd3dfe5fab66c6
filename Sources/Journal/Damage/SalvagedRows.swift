import Foundation
import GRDB

/// Copies what is readable of one journal's rows to another file.
///
/// Sequence numbers: a number that was given before must not be given again. A lost row of n events
/// hides at most n numbers of any subject, and no subject has had more numbers than the journal has
/// had events; so every subject leaps by the first bound where the lost rows are known and by the
/// second where they are not. A subject that only the lost rows knew begins above the leap. If
/// nothing at all can be read, numbers begin at 1 as for a subject that was made anew. Ids are never
/// reused, so that no receiver takes a new event for an old one.
///
/// Offsets leap too where rows may be hidden. Marks of messages are left behind: a message whose
/// row is lost has to be taken again.
struct SalvagedRows {
    private let source: DatabaseQueue
    private let target: DatabaseQueue
    private let sourceBytes: Int64
    private let sourcePath: String

    init(from source: String, to target: String) throws {
        sourcePath = source
        self.source = try DatabaseQueue(path: source)
        self.target = try DatabaseQueue(path: target)
        let sizes = [source, source + "-wal"].map { path in
            (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        }
        sourceBytes = sizes.reduce(0, +)
    }

    /// An event takes at least so many bytes on disk.
    private static let leastEventBytes: Int64 = 16

    private struct Pass {
        var report = SalvageReport(file: "")
        var table = SequenceTable()
        var segmentsAreWhole = true
        var nextOffset: Int64 = 0
    }

    func copyAll() throws -> SalvageReport {
        defer {
            try? source.close()
            try? target.close()
        }
        return try source.writeWithoutTransaction { old in
            // One of an older version becomes one of this, where that is still possible.
            try Schema.create(old)
            return try target.write { new in
                var pass = Pass()
                copyState(old, new, &pass)
                copySegments(old, &pass)
                try copyBatches(old, new, &pass)
                try copyLetters(old, new, &pass)
                try finish(old, new, &pass)
                return pass.report
            }
        }
    }

    // MARK: State and endpoints

    private func copyState(_ old: Database, _ new: Database, _ pass: inout Pass) {
        let rows = (try? Row.fetchAll(old, sql: "SELECT name, value FROM state")) ?? []
        for row in rows {
            guard let name = String.fromDatabaseValue(row[0] as DatabaseValue), let name = StateName(rawValue: name)
            else { continue }
            try? Store.set(name, to: row.int64(1), new)
            if name == .nextOffset { pass.nextOffset = row.int64(1) }
        }
        for table in ["endpoints", "tombstones"] {
            let rows = (try? Row.fetchAll(old, sql: "SELECT * FROM \(table)")) ?? []
            for row in rows { try? Self.insert(Array(row.databaseValues), into: table, new) }
        }
        let cursors = (try? Int64.fetchOne(new, sql: "SELECT max(cursor) FROM endpoints")) ?? 0
        pass.nextOffset = max(pass.nextOffset, cursors)
        pass.table.base = Int32(clamping: (try? Store.number(.sequenceBase, new)) ?? 0)
    }

    private func copySegments(_ old: Database, _ pass: inout Pass) {
        let keys = DamagedTable(name: "subjects", key: "segment").keys(old)
        pass.segmentsAreWhole = keys.isComplete
        for id in keys.found {
            do {
                guard let segment = try Store.segment(id, old) else { continue }
                guard Checksum.of(segment.entries) == segment.checksum else { throw RowFault.checksum(of: "numbers") }
                try SubjectSegment.decode(segment.entries) { name, kind, last, offset in
                    pass.table.restore(name, kind: kind, last: last, offset: offset, logged: true)
                }
            } catch {
                pass.segmentsAreWhole = false
            }
        }
    }

    // MARK: Rows

    private func copyBatches(_ old: Database, _ new: Database, _ pass: inout Pass) throws {
        let table = DamagedTable(name: "batches", key: "first_offset")
        let keys = table.keys(old)
        pass.report.isComplete = keys.isComplete
        for (index, key) in keys.found.enumerated() {
            let row = try? Store.row(at: key, withBodies: true, old)
            if let row {
                if row.kind == RowKind.intake.rawValue {
                    try? RowDecoder.units(of: row) { unit in
                        pass.table.restore(
                            unit.name, kind: unit.kind, last: unit.sequence, offset: unit.offset, logged: false)
                    }
                }
                if (try? RowDecoder.events(of: row, for: nil)) != nil, let values = table.row(key, old) {
                    try Self.insert(values, into: "batches", new)
                    pass.report.rowsKept += 1
                    pass.nextOffset = max(pass.nextOffset, row.endOffset)
                    continue
                }
            }
            pass.report.rowsLost += 1
            // Its own count may be what is damaged.
            let following = index + 1 < keys.found.count ? keys.found[index + 1] : nil
            let count = following.map { $0 - key } ?? Int64(max(1, row.map { max($0.count, $0.sequences.count / 4) } ?? 1))
            let bounded = max(1, min(count, sourceBytes / Self.leastEventBytes))
            if row == nil, following == nil { pass.report.isComplete = false }
            pass.report.eventsLost += Int(bounded)
            pass.nextOffset = max(pass.nextOffset, key + bounded)
        }
        if !keys.isComplete { try scanPages(old, new, &pass, known: Set(keys.found)) }
    }

    /// Rows that no tree leads to any more. Their checksums tell that they are rows; whether they
    /// were deleted, the endpoints' cursors.
    private func scanPages(_ old: Database, _ new: Database, _ pass: inout Pass, known: Set<Int64>) throws {
        guard let lowest = try Int64.fetchOne(new, sql: "SELECT min(cursor) FROM endpoints") else { return }
        _ = try? old.checkpoint(.truncate)
        var table = pass.table
        var (kept, end) = (0, pass.nextOffset)
        try PageScan(sourcePath).rows(columns: 10) { key, values in
            guard !known.contains(key), let row = Self.storedRow(key, values), row.endOffset > lowest,
                (try? RowDecoder.events(of: row, for: nil)) != nil
            else { return }
            var values = values
            values[0] = key.databaseValue
            // Twice in the file is once in the journal.
            guard (try? Self.insert(values, into: "batches", new)) != nil else { return }
            if row.kind == RowKind.intake.rawValue {
                try? RowDecoder.units(of: row) { unit in
                    table.restore(unit.name, kind: unit.kind, last: unit.sequence, offset: unit.offset, logged: false)
                }
            }
            kept += 1
            end = max(end, row.endOffset)
        }
        pass.table = table
        pass.report.rowsKept += kept
        pass.nextOffset = end
    }

    /// The columns in the order of the schema; the first is the row's number.
    private static func storedRow(_ key: Int64, _ values: [DatabaseValue]) -> StoredRow? {
        let numbers = values[1...6].compactMap(Int64.fromDatabaseValue)
        let blobs = values[7...9].compactMap(Data.fromDatabaseValue).map { [UInt8]($0) }
        guard numbers.count == 6, blobs.count == 3, numbers[0] > 0, numbers[0] <= RowLayout.maximumBytes else { return nil }
        return StoredRow(
            firstOffset: key, count: Int(numbers[0]), endpoints: EndpointSet(bits: UInt64(bitPattern: numbers[1])),
            kind: numbers[2], arrivedAtMilliseconds: numbers[3], headersChecksum: UInt64(bitPattern: numbers[4]),
            bodiesChecksum: UInt64(bitPattern: numbers[5]), sequences: blobs[0], headers: blobs[1], bodies: blobs[2])
    }

    private func copyLetters(_ old: Database, _ new: Database, _ pass: inout Pass) throws {
        let table = DamagedTable(name: "dead_letters", key: "id")
        for id in table.keys(old).found {
            if let values = table.row(id, old), Self.isWholeLetter(values) {
                try Self.insert(values, into: "dead_letters", new)
                pass.report.deadLettersKept += 1
            } else {
                pass.report.deadLettersLost += 1
            }
        }
    }

    /// The columns in the order of the schema.
    private static func isWholeLetter(_ values: [DatabaseValue]) -> Bool {
        guard values.count == 13 else { return false }
        return [(7, 11), (8, 12)].allSatisfy { checksum, blob in
            guard let expected = Int64.fromDatabaseValue(values[checksum]) else { return values[checksum].isNull }
            let data = Data.fromDatabaseValue(values[blob]) ?? Data()
            return Checksum.of([UInt8](data)) == UInt64(bitPattern: expected)
        }
    }

    // MARK: Numbers

    private func finish(_ old: Database, _ new: Database, _ pass: inout Pass) throws {
        let hidden = pass.report.isComplete ? 0 : sourceBytes / Self.leastEventBytes
        var leap = Int64(pass.report.eventsLost) + hidden
        if !pass.report.isComplete || !pass.segmentsAreWhole { leap = pass.nextOffset + hidden }
        let isEmpty = pass.report.rowsKept == 0 && pass.table.count == 0 && pass.nextOffset == 0
        pass.report.sequenceLeap = isEmpty ? 0 : Int32(clamping: leap)
        pass.table.leap(by: pass.report.sequenceLeap, offset: pass.nextOffset + hidden)

        // The offset of the leap is nobody's event, nor are those that may be hidden: the books
        // count both as a second offset of an event.
        let end = pass.nextOffset + hidden + (leap > 0 ? 1 : 0)
        let redriven = (try Store.number(.redriven, new) ?? 0) + end - pass.nextOffset
        try Store.set(.redriven, to: redriven, new)
        try Store.set(.nextOffset, to: end, new)
        try Store.set(.sequenceBase, to: Int64(pass.table.base), new)
        let all = (0..<pass.table.count).map { UInt32($0) }
        for (index, segment) in SubjectSegment.encode(all, of: pass.table).enumerated() {
            try Store.insertSegment(segment, id: Int64(index + 1), new)
        }
    }

    private static func insert(_ values: [DatabaseValue], into table: String, _ database: Database) throws {
        let marks = Array(repeating: "?", count: values.count).joined(separator: ", ")
        try database.execute(sql: "INSERT INTO \(table) VALUES (\(marks))", arguments: StatementArguments(values))
    }
}
