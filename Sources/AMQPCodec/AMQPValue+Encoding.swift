extension AMQPValue {
    /// Appends the narrowest encoding. Strings, lists and the like are taken to stay under 4 GiB.
    public func encode(into bytes: inout [UInt8]) {
        AMQPWriter.append(to: &bytes, atMost: encodedSize) { $0.write(self) }
    }

    /// Bytes of the narrowest encoding.
    public var encodedSize: Int {
        if case .described(let descriptor, let value) = self {
            return 1 + descriptor.encodedSize + value.encodedSize
        }
        return 1 + size(in: formatCode)
    }

    /// The narrowest constructor for this value.
    var formatCode: AMQPFormatCode {
        switch self {
        case .null: .null
        case .boolean(let value): value ? .booleanTrue : .booleanFalse
        case .ubyte: .ubyte
        case .ushort: .ushort
        case .uint(let value): value == 0 ? .uint0 : value <= 0xFF ? .smallUint : .uint
        case .ulong(let value): value == 0 ? .ulong0 : value <= 0xFF ? .smallUlong : .ulong
        case .byte: .byte
        case .short: .short
        case .int(let value): Int8(exactly: value) == nil ? .int : .smallInt
        case .long(let value): Int8(exactly: value) == nil ? .long : .smallLong
        case .float: .float
        case .double: .double
        case .decimal32: .decimal32
        case .decimal64: .decimal64
        case .decimal128: .decimal128
        case .char: .char
        case .timestamp: .timestamp
        case .uuid: .uuid
        case .binary(let bytes): bytes.count <= 0xFF ? .binary8 : .binary32
        case .string(let text): text.utf8.count <= 0xFF ? .string8 : .string32
        case .symbol(let text): text.utf8.count <= 0xFF ? .symbol8 : .symbol32
        case .list(let elements):
            elements.isEmpty ? .list0 : isShortCompound(count: elements.count) ? .list8 : .list32
        case .map(let map): isShortCompound(count: map.count * 2) ? .map8 : .map32
        case .array(let array): isShortCompound(count: array.elements.count) ? .array8 : .array32
        case .described: .described
        }
    }

    private func isShortCompound(count: Int) -> Bool {
        AMQPSize.isShortCompound(size: contentSize, count: count)
    }

    /// Bytes of what a list, map or array contains, without its size and count.
    private var contentSize: Int {
        switch self {
        case .list(let elements):
            elements.reduce(0) { $0 + $1.encodedSize }
        case .map(let map):
            map.entries.reduce(0) { $0 + $1.key.encodedSize + $1.value.encodedSize }
        case .array(let array):
            array.contentSize
        default:
            0
        }
    }

    /// Bytes after the constructor `code`.
    func size(in code: AMQPFormatCode) -> Int {
        switch code.rawValue >> 4 {
        case 0x4: 0
        case 0x5: 1
        case 0x6: 2
        case 0x7: 4
        case 0x8: 8
        case 0x9: 16
        case 0xA: 1 + variableSize
        case 0xB: 4 + variableSize
        case 0xC, 0xE: 2 + contentSize
        case 0xD, 0xF: 8 + contentSize
        default: 0
        }
    }

    private var variableSize: Int {
        switch self {
        case .binary(let bytes): bytes.count
        case .string(let text), .symbol(let text): text.utf8.count
        default: 0
        }
    }
}

extension AMQPArray {
    /// The common constructor and the elements.
    fileprivate var contentSize: Int {
        let code = elementCode
        let constructor = 1 + (descriptor.map { 1 + $0.encodedSize } ?? 0)
        return elements.reduce(constructor) { $0 + $1.size(in: code) }
    }
}

extension AMQPWriter {
    /// Writes the narrowest encoding of any value.
    public mutating func write(_ value: AMQPValue) {
        if case .described(let descriptor, let value) = value {
            writeByte(AMQPFormatCode.described.rawValue)
            write(descriptor)
            write(value)
            return
        }
        let code = value.formatCode
        writeByte(code.rawValue)
        writeContent(of: value, in: code)
    }

    /// What follows the constructor `code`, which fits the value.
    private mutating func writeContent(of value: AMQPValue, in code: AMQPFormatCode) {
        let width = code.rawValue >> 4
        if width == 0x4 { return }
        switch value {
        case .null, .described: break
        case .boolean(let value): writeByte(value ? 1 : 0)
        case .ubyte(let value): writeByte(value)
        case .ushort(let value): writeBigEndian(value)
        case .uint(let value): width == 0x5 ? writeByte(UInt8(truncatingIfNeeded: value)) : writeBigEndian(value)
        case .ulong(let value): width == 0x5 ? writeByte(UInt8(truncatingIfNeeded: value)) : writeBigEndian(value)
        case .byte(let value): writeBigEndian(value)
        case .short(let value): writeBigEndian(value)
        case .int(let value): width == 0x5 ? writeByte(UInt8(truncatingIfNeeded: value)) : writeBigEndian(value)
        case .long(let value): width == 0x5 ? writeByte(UInt8(truncatingIfNeeded: value)) : writeBigEndian(value)
        case .float(let value): writeBigEndian(value.bitPattern)
        case .double(let value): writeBigEndian(value.bitPattern)
        case .decimal32(let bits): writeBigEndian(bits)
        case .decimal64(let bits): writeBigEndian(bits)
        case .decimal128(let high, let low):
            writeBigEndian(high)
            writeBigEndian(low)
        case .char(let scalar): writeBigEndian(scalar.value)
        case .timestamp(let value): writeBigEndian(value)
        case .uuid(let value):
            writeBigEndian(value.high)
            writeBigEndian(value.low)
        case .binary(let bytes):
            writeSize(bytes.count, width: width)
            writeBytes(bytes)
        case .string(let text), .symbol(let text):
            writeSize(text.utf8.count, width: width)
            writeUTF8(text)
        case .list(let elements):
            writeCompoundSize(of: value, width: width, count: elements.count)
            for element in elements { write(element) }
        case .map(let map):
            writeCompoundSize(of: value, width: width, count: map.count * 2)
            for entry in map.entries {
                write(entry.key)
                write(entry.value)
            }
        case .array(let array):
            writeCompoundSize(of: value, width: width, count: array.elements.count)
            writeContent(of: array)
        }
    }

    private mutating func writeContent(of array: AMQPArray) {
        if let descriptor = array.descriptor {
            writeByte(AMQPFormatCode.described.rawValue)
            write(descriptor)
        }
        let code = array.elementCode
        writeByte(code.rawValue)
        for element in array.elements { writeContent(of: element, in: code) }
    }

    private mutating func writeSize(_ size: Int, width: UInt8) {
        width == 0xA ? writeByte(UInt8(truncatingIfNeeded: size)) : writeBigEndian(UInt32(truncatingIfNeeded: size))
    }

    private mutating func writeCompoundSize(of value: AMQPValue, width: UInt8, count: Int) {
        let isShort = width == 0xC || width == 0xE
        let code = AMQPFormatCode(rawValue: width << 4)
        writeCompoundSize(isShort: isShort, size: value.size(in: code) - (isShort ? 2 : 8), count: count)
    }
}
