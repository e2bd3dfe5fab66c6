/// Reads the primitives of the row layout. Every read is checked against the end: bytes from a
/// disk are never trusted.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    mutating func byte() throws(RowFault) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func uint16() throws(RowFault) -> UInt16 {
        guard remaining >= 2 else { throw .truncated }
        defer { position += 2 }
        return UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
    }

    mutating func int32() throws(RowFault) -> Int32 {
        guard remaining >= 4 else { throw .truncated }
        defer { position += 4 }
        return Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self))
    }

    mutating func uint64() throws(RowFault) -> UInt64 {
        guard remaining >= 8 else { throw .truncated }
        defer { position += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    mutating func varint() throws(RowFault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        throw .truncated
    }

    /// A length or a position: never more than can be there.
    mutating func count() throws(RowFault) -> Int {
        guard let value = Int(exactly: try varint()) else { throw .truncated }
        return value
    }

    mutating func signed() throws(RowFault) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: (value >> 1) ^ (~(value & 1) &+ 1))
    }

    mutating func skip(_ length: Int) throws(RowFault) -> Range<Int> {
        guard length >= 0, length <= remaining else { throw .truncated }
        defer { position += length }
        return position..<(position + length)
    }

    /// The range of the bytes of a length-prefixed value.
    mutating func range() throws(RowFault) -> Range<Int> {
        let length = try count()
        return try skip(length)
    }

    mutating func optionalRange() throws(RowFault) -> Range<Int>? {
        let length = try count()
        return length == 0 ? nil : try skip(length - 1)
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }

    func blob(_ range: Range<Int>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    mutating func text() throws(RowFault) -> String {
        text(try range())
    }

    mutating func optionalText() throws(RowFault) -> String? {
        guard let range = try optionalRange() else { return nil }
        return text(range)
    }

    mutating func optionalBlob() throws(RowFault) -> [UInt8]? {
        guard let range = try optionalRange() else { return nil }
        return blob(range)
    }
}
