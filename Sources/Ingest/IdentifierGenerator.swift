/// Makes ids and trace contexts for events that bring none of their own.
struct IdentifierGenerator {
    private var random: FastRandom

    init(random: FastRandom = FastRandom()) {
        self.random = random
    }

    /// A version 4 UUID (RFC 9562, 5.4: the version is 4 and the variant is binary 10).
    mutating func nextID() -> String {
        let high = (random.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (random.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { text in
            var writer = HexadecimalWriter(text)
            writer.write(high, from: 16, to: 8)
            writer.write("-")
            writer.write(high, from: 8, to: 4)
            writer.write("-")
            writer.write(high, from: 4, to: 0)
            writer.write("-")
            writer.write(low, from: 16, to: 12)
            writer.write("-")
            writer.write(low, from: 12, to: 0)
            return writer.count
        }
    }

    /// A new trace that nobody records yet (W3C Trace Context, 3.2): version 00, flags 00.
    mutating func nextTraceParent() -> String {
        // Not zero, which the specification keeps for "none".
        let trace = (random.next(), random.next() | 1)
        let span = random.next() | 1
        return String(unsafeUninitializedCapacity: 55) { text in
            var writer = HexadecimalWriter(text)
            writer.write("00-")
            writer.write(trace.0, from: 16, to: 0)
            writer.write(trace.1, from: 16, to: 0)
            writer.write("-")
            writer.write(span, from: 16, to: 0)
            writer.write("-00")
            return writer.count
        }
    }
}

/// Writes lower-case hexadecimal digits into a string under construction.
private struct HexadecimalWriter {
    private let text: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ text: UnsafeMutableBufferPointer<UInt8>) {
        self.text = text
    }

    mutating func write(_ literal: StaticString) {
        for offset in 0..<literal.utf8CodeUnitCount {
            text[count] = literal.utf8Start[offset]
            count += 1
        }
    }

    /// Digits are counted from the right: the first is number `from`, the last is number `to` + 1.
    mutating func write(_ value: UInt64, from: Int, to: Int) {
        var digit = from
        while digit > to {
            digit -= 1
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(4 * digit)) & 0xF
            text[count] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            count += 1
        }
    }
}
