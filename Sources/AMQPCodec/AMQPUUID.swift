/// Sixteen bytes in network order (AMQP 1.0 part 1, `uuid`).
public struct AMQPUUID: Sendable, Hashable {
    /// The first eight bytes, most significant first.
    public var high: UInt64
    /// The last eight bytes, most significant first.
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension AMQPUUID: CustomStringConvertible {
    /// The usual form, lower case: `8-4-4-4-12` hexadecimal digits.
    public var description: String {
        func hexadecimal(_ value: UInt64, digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: digits - text.count) + text
        }
        return [
            hexadecimal(high >> 32, digits: 8),
            hexadecimal(high >> 16 & 0xFFFF, digits: 4),
            hexadecimal(high & 0xFFFF, digits: 4),
            hexadecimal(low >> 48, digits: 4),
            hexadecimal(low & 0xFFFF_FFFF_FFFF, digits: 12),
        ].joined(separator: "-")
    }
}
