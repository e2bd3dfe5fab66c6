import Notifications

/// A row of `batches` as it was read.
struct StoredRow: Sendable {
    var firstOffset: Int64
    var count: Int
    var endpoints: EndpointSet
    var kind: Int64
    var arrivedAtMilliseconds: Int64
    var headersChecksum: UInt64
    var bodiesChecksum: UInt64
    var sequences: [UInt8]
    var headers: [UInt8]
    /// Empty where only the headers were asked for.
    var bodies: [UInt8]

    var endOffset: Int64 { firstOffset + Int64(count) }
}

/// Reads rows. See RowLayout.swift for the bytes.
enum RowDecoder {
    /// The events of a row that go to an endpoint, or all of them. Bodies are slices of the row's
    /// own arrays.
    static func events(
        of row: StoredRow, for slot: EndpointSlot?, from lowest: Int64 = 0
    ) throws(RowFault) -> [JournalEvent] {
        try checkHeaders(of: row)
        guard Checksum.of(row.bodies) == row.bodiesChecksum else { throw .checksum(of: "bodies") }
        var events: [JournalEvent] = []
        events.reserveCapacity(row.count)
        try walk(row) { (index, parser) throws(RowFault) in
            let offset = row.firstOffset + Int64(index)
            let header = try parser.next(materialize: { endpoints in
                offset >= lowest && (slot.map(endpoints.contains) ?? true)
            })
            guard var notification = header.notification else { return }
            notification.sequence = try parser.sequence(at: index)
            notification.body = try body(header.body, of: row)
            events.append(JournalEvent(
                offset: EventOffset(rawValue: offset), notification: notification, bytes: header.bytes))
        }
        return events
    }

    /// What opening a journal needs of a row, from its headers alone.
    struct Unit {
        var kind: SequenceUnitKind
        var name: UnsafeRawBufferPointer
        var sequence: SequenceNumber
        var offset: Int64
        var endpoints: EndpointSet
        var bytes: Int
    }

    /// Calls `body` for each event; the name's bytes are valid during the call only.
    static func units(of row: StoredRow, _ body: (Unit) -> Void) throws(RowFault) {
        try checkHeaders(of: row)
        try walk(row) { (index, parser) throws(RowFault) in
            let header = try parser.next(materialize: { _ in false })
            body(Unit(
                kind: header.unitKind, name: parser.bytes(header.unitRange), sequence: try parser.sequence(at: index),
                offset: row.firstOffset + Int64(index), endpoints: header.endpoints, bytes: header.bytes))
        }
    }

    /// The one event of a row, with or without its body.
    static func notification(of row: StoredRow, withBody: Bool) throws(RowFault) -> Notification {
        if withBody {
            guard let event = try events(of: row, for: nil, from: row.firstOffset).first else { throw .truncated }
            return event.notification
        }
        try checkHeaders(of: row)
        var found: Notification?
        try walk(row) { (index, parser) throws(RowFault) in
            found = try parser.next(materialize: { _ in true }).notification
            found?.sequence = try parser.sequence(at: index)
        }
        guard let found else { throw .truncated }
        return found
    }

    private static func checkHeaders(of row: StoredRow) throws(RowFault) {
        let found = RowLayout.headersChecksum(
            headers: Checksum.of(row.headers), sequences: row.sequences,
            firstOffset: row.firstOffset, count: row.count, endpoints: row.endpoints, kind: row.kind,
            arrivedAtMilliseconds: row.arrivedAtMilliseconds)
        guard found == row.headersChecksum else { throw .checksum(of: "headers") }
    }

    private static func walk(
        _ row: StoredRow, _ body: (Int, inout HeaderParser) throws(RowFault) -> Void
    ) throws(RowFault) {
        guard row.sequences.count == row.count * 4 else {
            throw .countMismatch(column: row.count, found: row.sequences.count / 4)
        }
        let result: Result<Void, RowFault> = row.headers.withUnsafeBytes { headers in
            row.sequences.withUnsafeBytes { sequences in
                do throws(RowFault) {
                    var parser = try HeaderParser(headers: headers, sequences: sequences)
                    guard parser.count == row.count else {
                        throw .countMismatch(column: row.count, found: parser.count)
                    }
                    for index in 0..<row.count { try body(index, &parser) }
                    guard parser.remaining == 0 else { throw .trailingBytes(parser.remaining) }
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
    }

    private static func body(_ place: BodyPlace, of row: StoredRow) throws(RowFault) -> ArraySlice<UInt8> {
        switch place {
        case .headers(let range):
            return row.headers[range]
        case .bodies(let start, let length):
            guard start <= row.bodies.count, length <= row.bodies.count - start else { throw .bodyOutOfRange }
            return row.bodies[start..<(start + length)]
        }
    }
}

/// Where an event's body lies in its row.
enum BodyPlace {
    case headers(Range<Int>)
    case bodies(start: Int, length: Int)

    /// Bytes outside the headers.
    var bytesElsewhere: Int {
        switch self {
        case .headers: 0
        case .bodies(_, let length): length
        }
    }
}
