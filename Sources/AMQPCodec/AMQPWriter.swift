/// Writes AMQP 1.0 encodings into room set aside for them, without a check of the array's
/// capacity and ownership for every byte.
///
/// A writer exists only inside ``append(to:atMost:_:)``. Writing past the room set aside is a
/// mistake of the caller's arithmetic, never of its input, and stops the process.
public struct AMQPWriter: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var count = 0

    private init(base: UnsafeMutableRawPointer, capacity: Int) {
        self.base = base
        self.capacity = capacity
    }

    /// Appends to `bytes` what `body` writes.
    ///
    /// Allocates only where `bytes` has to grow.
    /// - Parameter limit: the most that `body` writes, in bytes. Best exact: the difference is
    ///   zeroed and taken off again.
    @inlinable
    public static func append(to bytes: inout [UInt8], atMost limit: Int, _ body: (inout AMQPWriter) -> Void) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: limit))
        let written = bytes.withUnsafeMutableBytes { buffer in
            fill(UnsafeMutableRawBufferPointer(rebasing: buffer[start...]), body)
        }
        if written < limit {
            bytes.removeLast(limit - written)
        }
    }

    @usableFromInline
    static func fill(_ room: UnsafeMutableRawBufferPointer, _ body: (inout AMQPWriter) -> Void) -> Int {
        guard let base = room.baseAddress else { return 0 }
        var writer = AMQPWriter(base: base, capacity: room.count)
        body(&writer)
        return writer.count
    }

    /// Moves on by `size` bytes and returns where they begin.
    private mutating func claim(_ size: Int) -> UnsafeMutableRawPointer {
        precondition(size <= capacity - count, "AMQPWriter was given less room than it was made to fill")
        let start = base + count
        count += size
        return start
    }

    // MARK: Bytes as they are

    public mutating func writeByte(_ value: UInt8) {
        claim(1).storeBytes(of: value, as: UInt8.self)
    }

    /// A number of fixed width, most significant byte first.
    public mutating func writeBigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
        claim(MemoryLayout<Number>.size).storeBytes(of: value.bigEndian, as: Number.self)
    }

    public mutating func writeBytes(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        claim(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    }

    public mutating func writeBytes(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { writeBytes($0) }
    }

    public mutating func writeBytes(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { writeBytes($0) }
    }

    public mutating func writeUTF8(_ text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { writeBytes(UnsafeRawBufferPointer($0)) }
        if done == nil {
            for byte in text.utf8 { writeByte(byte) }
        }
    }

    // MARK: Values

    public mutating func writeNull() {
        writeByte(AMQPFormatCode.null.rawValue)
    }

    public mutating func writeBoolean(_ value: Bool) {
        writeByte(value ? AMQPFormatCode.booleanTrue.rawValue : AMQPFormatCode.booleanFalse.rawValue)
    }

    public mutating func writeUint(_ value: UInt32) {
        write(.uint(value))
    }

    public mutating func writeLong(_ value: Int64) {
        write(.long(value))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    public mutating func writeTimestamp(_ value: Int64) {
        writeByte(AMQPFormatCode.timestamp.rawValue)
        writeBigEndian(value)
    }

    public mutating func writeString(_ text: String) {
        writeVariable(short: .string8, long: .string32, size: text.utf8.count)
        writeUTF8(text)
    }

    /// The head of a string whose UTF-8 the caller writes next, perhaps in pieces.
    public mutating func writeStringHead(size: Int) {
        writeVariable(short: .string8, long: .string32, size: size)
    }

    public mutating func writeSymbol(_ text: String) {
        writeVariable(short: .symbol8, long: .symbol32, size: text.utf8.count)
        writeUTF8(text)
    }

    public mutating func writeBinary(_ bytes: [UInt8]) {
        writeVariable(short: .binary8, long: .binary32, size: bytes.count)
        writeBytes(bytes)
    }

    public mutating func writeBinary(_ bytes: ArraySlice<UInt8>) {
        writeVariable(short: .binary8, long: .binary32, size: bytes.count)
        writeBytes(bytes)
    }

    /// The head of a binary whose bytes the caller writes next, perhaps in pieces.
    public mutating func writeBinaryHead(size: Int) {
        writeVariable(short: .binary8, long: .binary32, size: size)
    }

    private mutating func writeVariable(short: AMQPFormatCode, long: AMQPFormatCode, size: Int) {
        if size <= 0xFF {
            writeByte(short.rawValue)
            writeByte(UInt8(truncatingIfNeeded: size))
        } else {
            writeByte(long.rawValue)
            writeBigEndian(UInt32(truncatingIfNeeded: size))
        }
    }

    /// What stands before the content of a message section: a descriptor, small.
    public mutating func writeSection(_ section: AMQPSection) {
        writeByte(AMQPFormatCode.described.rawValue)
        writeByte(AMQPFormatCode.smallUlong.rawValue)
        writeByte(section.rawValue)
    }

    /// The head of a list whose elements the caller writes next.
    /// - Parameters:
    ///   - size: bytes of the encoded elements together.
    ///   - count: number of elements.
    public mutating func writeListHead(size: Int, count: Int) {
        if count == 0 {
            writeByte(AMQPFormatCode.list0.rawValue)
        } else {
            writeCompoundHead(short: .list8, long: .list32, size: size, count: count)
        }
    }

    /// The head of a map whose keys and values the caller writes next, in turn.
    /// - Parameters:
    ///   - size: bytes of the encoded keys and values together.
    ///   - count: number of keys and values together.
    public mutating func writeMapHead(size: Int, count: Int) {
        writeCompoundHead(short: .map8, long: .map32, size: size, count: count)
    }

    private mutating func writeCompoundHead(short: AMQPFormatCode, long: AMQPFormatCode, size: Int, count: Int) {
        if AMQPSize.isShortCompound(size: size, count: count) {
            writeByte(short.rawValue)
        } else {
            writeByte(long.rawValue)
        }
        writeCompoundSize(isShort: AMQPSize.isShortCompound(size: size, count: count), size: size, count: count)
    }

    mutating func writeCompoundSize(isShort: Bool, size: Int, count: Int) {
        if isShort {
            writeByte(UInt8(truncatingIfNeeded: size + 1))
            writeByte(UInt8(truncatingIfNeeded: count))
        } else {
            writeBigEndian(UInt32(truncatingIfNeeded: size + 4))
            writeBigEndian(UInt32(truncatingIfNeeded: count))
        }
    }
}
