/// Percent-encoding of RFC 3986, section 2.1, upper-case digits written and any case read.
public enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func append(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 0x0F)])
    }

    static func encode(
        _ bytes: some Sequence<UInt8>, into output: inout [UInt8], keeping isKept: (UInt8) -> Bool
    ) {
        for byte in bytes {
            if isKept(byte) { output.append(byte) } else { append(byte, to: &output) }
        }
    }

    static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        if text.utf8.allSatisfy(isKept) { return text }
        var output: [UInt8] = []
        encode(text.utf8, into: &output, keeping: isKept)
        return String(decoding: output, as: UTF8.self)
    }

    /// With all but unreserved characters encoded.
    public static func encode(_ text: String) -> String {
        encode(text, keeping: isUnreserved)
    }

    /// Letters, digits and `-._~`.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    /// The decoded bytes; nil where two hexadecimal digits do not follow a `%`.
    static func decode(_ bytes: some Collection<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                output.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(hexadecimal), let low = iterator.next().flatMap(hexadecimal)
            else { return nil }
            output.append(high << 4 | low)
        }
        return output
    }

    /// The decoded text; nil where an escape is broken or the bytes are no UTF-8.
    public static func decode(_ text: some StringProtocol) -> String? {
        decode(text.utf8).flatMap { String(validating: $0, as: UTF8.self) }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The decoded text of `attribute`.
    static func decodeText(
        _ bytes: UnsafeBufferPointer<UInt8>, of attribute: @autoclosure () -> String
    ) throws(SerializationError) -> String {
        var isEncoded = false
        var bits: UInt8 = 0
        for byte in bytes {
            if byte == UInt8(ascii: "%") { isEncoded = true }
            bits |= byte
        }
        if !isEncoded, bits < 0x80 { return String(decoding: bytes, as: UTF8.self) }
        var isBroken = false
        let decoded = String(unsafeUninitializedCapacity: bytes.count) { output in
            var count = 0
            var index = 0
            while index < bytes.count {
                var byte = bytes[index]
                if byte == UInt8(ascii: "%") {
                    guard index + 2 < bytes.count, let high = hexadecimal(bytes[index + 1]),
                        let low = hexadecimal(bytes[index + 2])
                    else {
                        isBroken = true
                        return 0
                    }
                    byte = high << 4 | low
                    index += 2
                }
                bits |= byte
                output[count] = byte
                count += 1
                index += 1
            }
            return count
        }
        if isBroken {
            throw SerializationError(attribute(), .brokenPercentEncoding, value: String(decoding: bytes, as: UTF8.self))
        }
        if bits < 0x80 { return decoded }
        // The initializer above mends broken UTF-8 without a word, so anything beyond ASCII is
        // looked at again.
        guard let raw = decode(bytes), let text = String(validating: raw, as: UTF8.self) else {
            throw SerializationError(attribute(), .invalidUTF8, value: String(decoding: bytes, as: UTF8.self))
        }
        return text
    }

    /// The decoded text of `attribute`.
    static func decodeText(
        _ text: some StringProtocol, of attribute: @autoclosure () -> String
    ) throws(SerializationError) -> String {
        try text.utf8.withContiguousBytes { (bytes) throws(SerializationError) in try decodeText(bytes, of: attribute()) }
    }
}
