import Notifications

/// A row of the `subjects` table: a piece of a log of (unit, last number).
///
/// Trimming rows appends the numbers that only those rows knew as a new segment, which costs a
/// sequential write, where one table row a subject would touch a page a subject. An entry is live
/// while no later event of its unit exists; segments with few live entries are rewritten.
///
/// Bytes: an entry is 1 byte kind, varint length, the name in UTF-8, 4 bytes number, varint
/// offset of the event with that number. The row's checksum covers all entries.
enum SubjectSegment {
    /// Bounds what a rewrite reads and writes at a time.
    static let maximumEntries = 65_536

    struct Encoded {
        var entries: [UInt8]
        var count: Int
        var checksum: UInt64
    }

    /// The table's entries of the given indices, cut into segments.
    static func encode(_ indices: [UInt32], of table: SequenceTable) -> [Encoded] {
        var segments: [Encoded] = []
        var start = 0
        while start < indices.count {
            let end = min(start + maximumEntries, indices.count)
            var writer = ByteWriter(capacity: (end - start) * 40)
            for index in indices[start..<end] {
                table.withEntry(index) { name, kind, last, offset in
                    append(&writer, name, kind, last, offset)
                }
            }
            segments.append(sealed(writer, count: end - start))
            start = end
        }
        return segments
    }

    /// The live entries of an old segment as a new one; `nil` if there are none.
    static func rewrite(_ entries: [UInt8], of table: SequenceTable) throws(RowFault) -> Encoded? {
        var writer = ByteWriter(capacity: entries.count / 2)
        var live = 0
        try decode(entries) { name, kind, last, offset in
            guard table.isLast(name, kind: kind, offset: offset) else { return }
            append(&writer, name, kind, last, offset)
            live += 1
        }
        return live == 0 ? nil : sealed(writer, count: live)
    }

    static func decode(
        _ entries: [UInt8],
        _ body: (UnsafeRawBufferPointer, SequenceUnitKind, SequenceNumber, Int64) -> Void
    ) throws(RowFault) {
        let result: Result<Void, RowFault> = entries.withUnsafeBytes { bytes in
            do throws(RowFault) {
                var reader = ByteReader(bytes)
                while reader.remaining > 0 {
                    let kind = try reader.byte()
                    guard let kind = SequenceUnitKind(rawValue: kind) else { throw .unknownValueKind(kind) }
                    let name = try reader.range()
                    let last = SequenceNumber(rawValue: try reader.int32())
                    let offset = Int64(bitPattern: try reader.varint())
                    body(UnsafeRawBufferPointer(rebasing: bytes[name]), kind, last, offset)
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private static func append(
        _ writer: inout ByteWriter, _ name: UnsafeRawBufferPointer, _ kind: SequenceUnitKind,
        _ last: SequenceNumber, _ offset: Int64
    ) {
        writer.byte(kind.rawValue)
        writer.count(name.count)
        writer.raw(name)
        writer.int32(last.rawValue)
        writer.varint(UInt64(bitPattern: offset))
    }

    private static func sealed(_ writer: ByteWriter, count: Int) -> Encoded {
        Encoded(entries: writer.bytes, count: count, checksum: Checksum.of(writer.bytes))
    }
}
