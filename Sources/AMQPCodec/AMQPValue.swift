/// A value of the AMQP 1.0 type system (part 1, section 1.6).
public enum AMQPValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case ubyte(UInt8)
    case ushort(UInt16)
    case uint(UInt32)
    case ulong(UInt64)
    case byte(Int8)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    /// IEEE 754 decimal numbers: their bits, which nobody here calculates with.
    case decimal32(UInt32)
    case decimal64(UInt64)
    case decimal128(high: UInt64, low: UInt64)
    case char(Unicode.Scalar)
    /// Milliseconds since 1970-01-01T00:00:00Z.
    case timestamp(Int64)
    case uuid(AMQPUUID)
    case binary([UInt8])
    case string(String)
    /// ASCII by the specification; any UTF-8 is read and written as it is.
    case symbol(String)
    case list([AMQPValue])
    case map(AMQPMap)
    indirect case array(AMQPArray)
    indirect case described(descriptor: AMQPValue, value: AMQPValue)
}

extension AMQPValue {
    public var type: AMQPType {
        switch self {
        case .null: .null
        case .boolean: .boolean
        case .ubyte: .ubyte
        case .ushort: .ushort
        case .uint: .uint
        case .ulong: .ulong
        case .byte: .byte
        case .short: .short
        case .int: .int
        case .long: .long
        case .float: .float
        case .double: .double
        case .decimal32: .decimal32
        case .decimal64: .decimal64
        case .decimal128: .decimal128
        case .char: .char
        case .timestamp: .timestamp
        case .uuid: .uuid
        case .binary: .binary
        case .string: .string
        case .symbol: .symbol
        case .list: .list
        case .map: .map
        case .array: .array
        case .described: .described
        }
    }

    /// The text of a string or a symbol.
    public var text: String? {
        switch self {
        case .string(let text), .symbol(let text): text
        default: nil
        }
    }

    /// The number of any integer type, or of a timestamp; nil above the range of `Int64`.
    public var integer: Int64? {
        switch self {
        case .ubyte(let value): Int64(value)
        case .ushort(let value): Int64(value)
        case .uint(let value): Int64(value)
        case .ulong(let value): Int64(exactly: value)
        case .byte(let value): Int64(value)
        case .short(let value): Int64(value)
        case .int(let value): Int64(value)
        case .long(let value), .timestamp(let value): value
        default: nil
        }
    }
}

extension AMQPValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}
