/// Reads AMQP 1.0 encodings from the front of a run of bytes. Whatever the bytes are, it returns
/// a value or throws ``AMQPDecodingError``.
public struct AMQPReader: Sendable {
    let bytes: ArraySlice<UInt8>
    let limits: AMQPDecodingLimits
    /// Index into `bytes` of the next byte.
    private(set) var index: Int
    /// Index after the last byte of the innermost compound.
    private var end: Int
    private var valuesLeft: Int

    /// Room made for the elements of a list at once; what a count claims beyond that has to come first.
    private static let reservedValues = 256

    public init(_ bytes: ArraySlice<UInt8>, limits: AMQPDecodingLimits = .standard) {
        self.bytes = bytes
        self.limits = limits
        index = bytes.startIndex
        end = bytes.endIndex
        valuesLeft = limits.values
    }

    /// Bytes read so far.
    public var position: Int { index - bytes.startIndex }
    /// Bytes left to read.
    public var remaining: Int { end - index }
    public var isAtEnd: Bool { index >= end }

    func failure(_ problem: AMQPDecodingError.Problem, at start: Int? = nil) -> AMQPDecodingError {
        AMQPDecodingError(position: (start ?? index) - bytes.startIndex, problem: problem)
    }

    // MARK: Bytes as they are

    mutating func readSlice(_ count: Int) throws(AMQPDecodingError) -> ArraySlice<UInt8> {
        guard count <= remaining else {
            throw failure(.truncated(needed: count, available: remaining))
        }
        defer { index += count }
        return bytes[index..<index + count]
    }

    mutating func readByte() throws(AMQPDecodingError) -> UInt8 {
        guard index < end else { throw failure(.truncated(needed: 1, available: 0)) }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func readBigEndian<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(AMQPDecodingError) -> Number {
        let slice = try readSlice(MemoryLayout<Number>.size)
        return slice.reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    // MARK: Values

    /// Reads one value.
    public mutating func readValue() throws(AMQPDecodingError) -> AMQPValue {
        try readValue(depth: 0)
    }

    /// The type of the next value, which stays unread.
    public func peekType() throws(AMQPDecodingError) -> AMQPType {
        var copy = self
        return try copy.readCode().type
    }

    private mutating func readCode() throws(AMQPDecodingError) -> (code: AMQPFormatCode, type: AMQPType) {
        let start = index
        let code = AMQPFormatCode(rawValue: try readByte())
        guard let type = code.type else { throw failure(.unknownFormatCode(code.rawValue), at: start) }
        return (code, type)
    }

    mutating func readValue(depth: Int) throws(AMQPDecodingError) -> AMQPValue {
        let start = index
        let (code, type) = try readCode()
        guard type == .described else { return try readContent(of: code, type, depth: depth, start: start) }
        guard depth < limits.depth else { throw failure(.tooDeep(limit: limits.depth), at: start) }
        let descriptor = try readValue(depth: depth + 1)
        return .described(descriptor: descriptor, value: try readValue(depth: depth + 1))
    }

    /// Reads what follows a constructor.
    private mutating func readContent(
        of code: AMQPFormatCode, _ type: AMQPType, depth: Int, start: Int
    ) throws(AMQPDecodingError) -> AMQPValue {
        guard valuesLeft > 0 else { throw failure(.tooManyValues(limit: limits.values), at: start) }
        valuesLeft -= 1
        switch type {
        case .list, .map, .array:
            guard depth < limits.depth else { throw failure(.tooDeep(limit: limits.depth), at: start) }
            return try readCompound(code, type, depth: depth + 1, start: start)
        case .binary, .string, .symbol:
            return try readVariable(code, type, start: start)
        default:
            return try readFixed(code, start: start)
        }
    }

    private mutating func readFixed(_ code: AMQPFormatCode, start: Int) throws(AMQPDecodingError) -> AMQPValue {
        switch code {
        case .booleanTrue: return .boolean(true)
        case .booleanFalse: return .boolean(false)
        case .boolean:
            let byte = try readByte()
            guard byte <= 1 else { throw failure(.invalidBoolean(byte), at: start) }
            return .boolean(byte == 1)
        case .ubyte: return .ubyte(try readByte())
        case .ushort: return .ushort(try readBigEndian(UInt16.self))
        case .uint0: return .uint(0)
        case .smallUint: return .uint(UInt32(try readByte()))
        case .uint: return .uint(try readBigEndian(UInt32.self))
        case .ulong0: return .ulong(0)
        case .smallUlong: return .ulong(UInt64(try readByte()))
        case .ulong: return .ulong(try readBigEndian(UInt64.self))
        case .byte: return .byte(Int8(bitPattern: try readByte()))
        case .short: return .short(Int16(bitPattern: try readBigEndian(UInt16.self)))
        case .smallInt: return .int(Int32(Int8(bitPattern: try readByte())))
        case .int: return .int(Int32(bitPattern: try readBigEndian(UInt32.self)))
        case .smallLong: return .long(Int64(Int8(bitPattern: try readByte())))
        case .long: return .long(Int64(bitPattern: try readBigEndian(UInt64.self)))
        case .float: return .float(Float(bitPattern: try readBigEndian(UInt32.self)))
        case .double: return .double(Double(bitPattern: try readBigEndian(UInt64.self)))
        case .decimal32: return .decimal32(try readBigEndian(UInt32.self))
        case .decimal64: return .decimal64(try readBigEndian(UInt64.self))
        case .decimal128:
            let high = try readBigEndian(UInt64.self)
            return .decimal128(high: high, low: try readBigEndian(UInt64.self))
        case .char:
            let value = try readBigEndian(UInt32.self)
            guard let scalar = Unicode.Scalar(value) else { throw failure(.invalidCharacter(value), at: start) }
            return .char(scalar)
        case .timestamp: return .timestamp(Int64(bitPattern: try readBigEndian(UInt64.self)))
        case .uuid:
            let high = try readBigEndian(UInt64.self)
            return .uuid(AMQPUUID(high: high, low: try readBigEndian(UInt64.self)))
        default: return .null
        }
    }

    private mutating func readVariable(
        _ code: AMQPFormatCode, _ type: AMQPType, start: Int
    ) throws(AMQPDecodingError) -> AMQPValue {
        let slice = try readVariableSlice(code)
        if type == .binary { return .binary(Array(slice)) }
        guard let text = Self.text(slice) else { throw failure(.invalidUTF8(type), at: start) }
        return type == .string ? .string(text) : .symbol(text)
    }

    private static func text(_ slice: ArraySlice<UInt8>) -> String? {
        slice.withUnsafeBufferPointer { bytes in
            // Nearly all text is ASCII, for which the call that mends is the faster one.
            if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
            return String(validating: bytes, as: UTF8.self)
        }
    }

    private mutating func readVariableSlice(_ code: AMQPFormatCode) throws(AMQPDecodingError) -> ArraySlice<UInt8> {
        let isShort = code.rawValue >> 4 == 0xA
        let size = isShort ? Int(try readByte()) : Int(try readBigEndian(UInt32.self))
        return try readSlice(size)
    }

    /// Reads size and count of a list, map or array; returns the count and where it ends.
    private mutating func readCompoundHead(
        _ code: AMQPFormatCode, _ type: AMQPType, start: Int
    ) throws(AMQPDecodingError) -> (count: Int, end: Int) {
        let width = code.rawValue >> 4
        let isShort = width == 0xC || width == 0xE
        let size = isShort ? Int(try readByte()) : Int(try readBigEndian(UInt32.self))
        guard size <= remaining else { throw failure(.truncated(needed: size, available: remaining)) }
        guard size >= (isShort ? 1 : 4) else { throw failure(.sizeMismatch(type), at: start) }
        let contentEnd = index + size
        let count = isShort ? Int(try readByte()) : Int(try readBigEndian(UInt32.self))
        return (count, contentEnd)
    }

    private mutating func readCompound(
        _ code: AMQPFormatCode, _ type: AMQPType, depth: Int, start: Int
    ) throws(AMQPDecodingError) -> AMQPValue {
        if code == .list0 { return .list([]) }
        let (count, contentEnd) = try readCompoundHead(code, type, start: start)
        let outerEnd = end
        end = contentEnd
        let value =
            switch type {
            case .map: try readMap(count: count, depth: depth, start: start)
            case .array: try readArray(count: count, depth: depth)
            default: try readList(count: count, depth: depth, start: start)
            }
        guard index == end else { throw failure(.sizeMismatch(type), at: start) }
        end = outerEnd
        return value
    }

    private mutating func readList(count: Int, depth: Int, start: Int) throws(AMQPDecodingError) -> AMQPValue {
        // Every element takes a byte at least, so a count beyond that is a lie.
        guard count <= remaining else { throw failure(.sizeMismatch(.list), at: start) }
        var elements: [AMQPValue] = []
        elements.reserveCapacity(min(count, Self.reservedValues))
        for _ in 0..<count { elements.append(try readValue(depth: depth)) }
        return .list(elements)
    }

    private mutating func readMap(count: Int, depth: Int, start: Int) throws(AMQPDecodingError) -> AMQPValue {
        guard count <= remaining else { throw failure(.sizeMismatch(.map), at: start) }
        guard count.isMultiple(of: 2) else { throw failure(.oddMapCount(count), at: start) }
        var entries: [AMQPMap.Entry] = []
        entries.reserveCapacity(min(count / 2, Self.reservedValues))
        for _ in 0..<count / 2 {
            let key = try readValue(depth: depth)
            entries.append(AMQPMap.Entry(key: key, value: try readValue(depth: depth)))
        }
        return .map(AMQPMap(entries))
    }

    private mutating func readArray(count: Int, depth: Int) throws(AMQPDecodingError) -> AMQPValue {
        let start = index
        var (code, type) = try readCode()
        var descriptor: AMQPValue?
        if type == .described {
            descriptor = try readValue(depth: depth)
            (code, type) = try readCode()
            // A description of a description: allowed by the grammar, used by nobody.
            guard type != .described else { throw failure(.unknownFormatCode(code.rawValue), at: start) }
        }
        // Elements may take no bytes at all: here only the limit keeps the count in bounds.
        guard count <= valuesLeft else { throw failure(.tooManyValues(limit: limits.values), at: start) }
        var elements: [AMQPValue] = []
        for _ in 0..<count { elements.append(try readContent(of: code, type, depth: depth, start: index)) }
        return .array(AMQPArray(decoded: type, descriptor: descriptor, elements: elements))
    }

    // MARK: Without making values

    /// Moves past one value. Nothing inside strings, lists, maps and arrays is looked at.
    public mutating func skipValue() throws(AMQPDecodingError) {
        var pending = 1
        while pending > 0 {
            let (code, type) = try readCode()
            if type == .described {
                pending += 1
                continue
            }
            pending -= 1
            switch code.rawValue >> 4 {
            case 0x4: break
            case 0x5: _ = try readSlice(1)
            case 0x6: _ = try readSlice(2)
            case 0x7: _ = try readSlice(4)
            case 0x8: _ = try readSlice(8)
            case 0x9: _ = try readSlice(16)
            case 0xA, 0xC, 0xE: _ = try readSlice(Int(try readByte()))
            default: _ = try readSlice(Int(try readBigEndian(UInt32.self)))
            }
        }
    }

    /// Moves past bytes that the caller knows.
    public mutating func skipBytes(_ count: Int) throws(AMQPDecodingError) {
        _ = try readSlice(count)
    }

    /// Reads a binary value as a slice of the input; nil, with nothing read, where another type
    /// comes next.
    public mutating func readBinarySlice() throws(AMQPDecodingError) -> ArraySlice<UInt8>? {
        let start = index
        let (code, type) = try readCode()
        guard type == .binary else {
            index = start
            return nil
        }
        return try readVariableSlice(code)
    }
}

extension AMQPValue {
    /// Reads exactly one value that takes all of `bytes`.
    public init(decoding bytes: ArraySlice<UInt8>, limits: AMQPDecodingLimits = .standard) throws(AMQPDecodingError) {
        var reader = AMQPReader(bytes, limits: limits)
        self = try reader.readValue()
        guard reader.isAtEnd else { throw reader.failure(.trailingBytes(reader.remaining)) }
    }

    /// Reads exactly one value that takes all of `bytes`.
    public init(decoding bytes: [UInt8], limits: AMQPDecodingLimits = .standard) throws(AMQPDecodingError) {
        try self.init(decoding: bytes[...], limits: limits)
    }
}
