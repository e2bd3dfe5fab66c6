/// The constructor byte before every encoded value (AMQP 1.0 part 1, section 1.6).
///
/// The upper half of the byte tells how wide what follows is: 4 nothing, 5 one byte, 6 two,
/// 7 four, 8 eight, 9 sixteen; A and B a length of one or four bytes; C and D a compound with a
/// size and a count of one or four bytes; E and F an array likewise.
struct AMQPFormatCode: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt8

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    private init(_ rawValue: UInt8) {
        self.rawValue = rawValue
    }

    static let described = AMQPFormatCode(0x00)
    static let null = AMQPFormatCode(0x40)
    static let booleanTrue = AMQPFormatCode(0x41)
    static let booleanFalse = AMQPFormatCode(0x42)
    static let boolean = AMQPFormatCode(0x56)
    static let ubyte = AMQPFormatCode(0x50)
    static let ushort = AMQPFormatCode(0x60)
    static let uint0 = AMQPFormatCode(0x43)
    static let smallUint = AMQPFormatCode(0x52)
    static let uint = AMQPFormatCode(0x70)
    static let ulong0 = AMQPFormatCode(0x44)
    static let smallUlong = AMQPFormatCode(0x53)
    static let ulong = AMQPFormatCode(0x80)
    static let byte = AMQPFormatCode(0x51)
    static let short = AMQPFormatCode(0x61)
    static let smallInt = AMQPFormatCode(0x54)
    static let int = AMQPFormatCode(0x71)
    static let smallLong = AMQPFormatCode(0x55)
    static let long = AMQPFormatCode(0x81)
    static let float = AMQPFormatCode(0x72)
    static let double = AMQPFormatCode(0x82)
    static let decimal32 = AMQPFormatCode(0x74)
    static let decimal64 = AMQPFormatCode(0x84)
    static let decimal128 = AMQPFormatCode(0x94)
    static let char = AMQPFormatCode(0x73)
    static let timestamp = AMQPFormatCode(0x83)
    static let uuid = AMQPFormatCode(0x98)
    static let binary8 = AMQPFormatCode(0xA0)
    static let binary32 = AMQPFormatCode(0xB0)
    static let string8 = AMQPFormatCode(0xA1)
    static let string32 = AMQPFormatCode(0xB1)
    static let symbol8 = AMQPFormatCode(0xA3)
    static let symbol32 = AMQPFormatCode(0xB3)
    static let list0 = AMQPFormatCode(0x45)
    static let list8 = AMQPFormatCode(0xC0)
    static let list32 = AMQPFormatCode(0xD0)
    static let map8 = AMQPFormatCode(0xC1)
    static let map32 = AMQPFormatCode(0xD1)
    static let array8 = AMQPFormatCode(0xE0)
    static let array32 = AMQPFormatCode(0xF0)

    /// The type that the code encodes, or nil for a code that AMQP does not define.
    var type: AMQPType? {
        switch self {
        case .described: .described
        case .null: .null
        case .booleanTrue, .booleanFalse, .boolean: .boolean
        case .ubyte: .ubyte
        case .ushort: .ushort
        case .uint0, .smallUint, .uint: .uint
        case .ulong0, .smallUlong, .ulong: .ulong
        case .byte: .byte
        case .short: .short
        case .smallInt, .int: .int
        case .smallLong, .long: .long
        case .float: .float
        case .double: .double
        case .decimal32: .decimal32
        case .decimal64: .decimal64
        case .decimal128: .decimal128
        case .char: .char
        case .timestamp: .timestamp
        case .uuid: .uuid
        case .binary8, .binary32: .binary
        case .string8, .string32: .string
        case .symbol8, .symbol32: .symbol
        case .list0, .list8, .list32: .list
        case .map8, .map32: .map
        case .array8, .array32: .array
        default: nil
        }
    }
}
