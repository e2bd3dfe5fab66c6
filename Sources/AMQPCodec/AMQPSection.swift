/// The sections of a message, by the low byte of their descriptor (AMQP 1.0 part 3, section 3.2).
/// The raw values grow in the order that the sections have in a message.
public enum AMQPSection: UInt8, Sendable, Hashable, CaseIterable {
    case header = 0x70
    case deliveryAnnotations = 0x71
    case messageAnnotations = 0x72
    case properties = 0x73
    case applicationProperties = 0x74
    case data = 0x75
    case amqpSequence = 0x76
    case amqpValue = 0x77
    case footer = 0x78

    /// The symbolic descriptor, which a peer may use in place of the number.
    public var symbol: String {
        switch self {
        case .header: "amqp:header:list"
        case .deliveryAnnotations: "amqp:delivery-annotations:map"
        case .messageAnnotations: "amqp:message-annotations:map"
        case .properties: "amqp:properties:list"
        case .applicationProperties: "amqp:application-properties:map"
        case .data: "amqp:data:binary"
        case .amqpSequence: "amqp:amqp-sequence:list"
        case .amqpValue: "amqp:amqp-value:*"
        case .footer: "amqp:footer:map"
        }
    }

    public init?(descriptor: AMQPValue) {
        switch descriptor {
        case .ulong(let code):
            guard let byte = UInt8(exactly: code), let section = AMQPSection(rawValue: byte) else { return nil }
            self = section
        case .symbol(let name):
            guard let section = AMQPSection.allCases.first(where: { $0.symbol == name }) else { return nil }
            self = section
        default:
            return nil
        }
    }
}
