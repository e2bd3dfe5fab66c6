/// The primitive types of AMQP 1.0 (part 1, section 1.6) and, for error messages, `described`.
public enum AMQPType: String, Sendable, Hashable, CaseIterable {
    case null, boolean
    case ubyte, ushort, uint, ulong
    case byte, short, int, long
    case float, double
    case decimal32, decimal64, decimal128
    case char, timestamp, uuid
    case binary, string, symbol
    case list, map, array
    case described
}

extension AMQPType: CustomStringConvertible {
    public var description: String { rawValue }
}
