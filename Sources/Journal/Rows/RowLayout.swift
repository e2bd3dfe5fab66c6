import Notifications

// The layout of a row of `batches`, version 1.
//
//     first_offset     offset of the first event; the others follow one by one
//     count            events in the row, at least 1
//     endpoints        union of the events' endpoint sets, bit n for slot n
//     kind             `RowKind`
//     arrived_at_ms    time of the commit, see `JournalClock`
//     headers_checksum see `RowLayout.headersChecksum`
//     bodies_checksum  XXH64 of `bodies`, seed 0
//     sequences        4 bytes an event, little-endian Int32, in the order of the events
//     headers          1 byte layout version, varint count, then the events' headers
//     bodies           the batch's arena as it came; bodies are ranges of it
//
// An event's header:
//
//     flags            2 bytes little-endian, `EventFlags`
//     endpoints        varint, unless sameEndpoints
//     id               text
//     source, type     text, unless same
//     subject, time, content type, schema
//                      text, if present and not same
//     trace parent     text, if present
//     extensions       if present: varint count, then (text name, 1 byte kind, value)
//     properties       if present: varint count, then (text name, optional text value)
//     message fields   if present: optional message id, correlation id, user id, content
//                      encoding, reply-to; 1 byte 0 or 1, then expiry as a zigzag varint
//     body             bodyInHeaders: varint length, bytes. Otherwise varint start, varint length
//                      in `bodies`
//
// text: varint length, UTF-8. optional: varint length + 1, bytes; 0 is absent. varint: LEB128.
//
// Invariants:
//  - the first event of a row has no "same" flag on anything but absent values, so that a row is
//    read without any other;
//  - `first_offset` of a row is at least `first_offset + count` of the row before it;
//  - `sequences` is the only column that depends on other rows, so that all else is encoded
//    before the writer knows the numbers;
//  - a row is never changed, only deleted.
enum RowLayout {
    static let version: UInt8 = 1

    /// SQLite's default limit for a value is 10⁹ bytes; a row has to stay well below it.
    static let maximumBytes = 512 * 1024 * 1024

    /// Covers everything in the row but the bodies: the headers' own checksum (computed before
    /// the row's place is known) seeds that of the sequences, and that one the fixed columns'.
    static func headersChecksum(
        headers: UInt64, sequences: [UInt8], firstOffset: Int64, count: Int, endpoints: EndpointSet,
        kind: Int64, arrivedAtMilliseconds: Int64
    ) -> UInt64 {
        var fixed: [UInt64] = [
            UInt64(bitPattern: firstOffset).littleEndian, UInt64(count).littleEndian, endpoints.bits.littleEndian,
        ]
        // Rows of format version 1 had neither, and keep their checksums.
        if kind != 0 || arrivedAtMilliseconds != 0 {
            fixed += [UInt64(bitPattern: kind).littleEndian, UInt64(bitPattern: arrivedAtMilliseconds).littleEndian]
        }
        let seed = Checksum.of(sequences, seed: headers)
        return fixed.withUnsafeBytes { Checksum.of($0, seed: seed) }
    }

    static func bytes(of sequences: [SequenceNumber]) -> [UInt8] {
        var writer = ByteWriter(capacity: sequences.count * 4)
        for sequence in sequences { writer.int32(sequence.rawValue) }
        return writer.bytes
    }

    static func sequence(at index: Int, in bytes: UnsafeRawBufferPointer) throws(RowFault) -> SequenceNumber {
        guard index >= 0, index < bytes.count / 4 else { throw .truncated }
        let value = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
        return SequenceNumber(rawValue: value)
    }
}
