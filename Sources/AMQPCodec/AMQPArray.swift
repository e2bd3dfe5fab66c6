/// Values of one type that share one constructor (AMQP 1.0 part 1, section 1.6.24).
public struct AMQPArray: Sendable, Hashable {
    /// Any type but `described`: a common description stands in ``descriptor``.
    public let elementType: AMQPType
    /// What describes every element, where the elements are described.
    public let descriptor: AMQPValue?
    public let elements: [AMQPValue]

    /// Nil where an element is not of `elementType`, or `elementType` is `described`.
    public init?(of elementType: AMQPType, descriptor: AMQPValue? = nil, _ elements: [AMQPValue]) {
        guard elementType != .described, elements.allSatisfy({ $0.type == elementType }) else { return nil }
        self.elementType = elementType
        self.descriptor = descriptor
        self.elements = elements
    }

    /// For the decoder, which reads every element through one constructor.
    init(decoded elementType: AMQPType, descriptor: AMQPValue?, elements: [AMQPValue]) {
        self.elementType = elementType
        self.descriptor = descriptor
        self.elements = elements
    }

    /// An array of symbols, the most frequent kind: capabilities, mechanisms.
    public static func symbols(_ names: [String]) -> AMQPArray {
        AMQPArray(decoded: .symbol, descriptor: nil, elements: names.map { .symbol($0) })
    }
}

extension AMQPArray {
    /// The narrowest constructor that every element fits.
    var elementCode: AMQPFormatCode {
        switch elementType {
        case .null, .described: .null
        case .boolean: .boolean
        case .ubyte: .ubyte
        case .ushort: .ushort
        case .uint: fits(.smallUint) ? .smallUint : .uint
        case .ulong: fits(.smallUlong) ? .smallUlong : .ulong
        case .byte: .byte
        case .short: .short
        case .int: fits(.smallInt) ? .smallInt : .int
        case .long: fits(.smallLong) ? .smallLong : .long
        case .float: .float
        case .double: .double
        case .decimal32: .decimal32
        case .decimal64: .decimal64
        case .decimal128: .decimal128
        case .char: .char
        case .timestamp: .timestamp
        case .uuid: .uuid
        case .binary: fits(.binary8) ? .binary8 : .binary32
        case .string: fits(.string8) ? .string8 : .string32
        case .symbol: fits(.symbol8) ? .symbol8 : .symbol32
        case .list: fits(.list8) ? .list8 : .list32
        case .map: fits(.map8) ? .map8 : .map32
        case .array: fits(.array8) ? .array8 : .array32
        }
    }

    /// Whether every element's own narrowest constructor is `code` or narrower still.
    private func fits(_ code: AMQPFormatCode) -> Bool {
        elements.allSatisfy { element in
            let own = element.formatCode
            return own == code || own == .uint0 || own == .ulong0 || own == .list0
        }
    }
}
