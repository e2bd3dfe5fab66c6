/// Appends JSON text.
enum JSONWriter {
    private static let digits = Array("0123456789abcdef".utf8)

    static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.withContiguousBytes { bytes in
            for byte in bytes where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                return false
            }
            output.append(contentsOf: bytes)
            return true
        }
        if !isPlain {
            for byte in text.utf8 { appendEscaped(byte, to: &output) }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            output.append(UInt8(ascii: "\\"))
            output.append(byte)
        case 0x0A: output += "\\n".utf8
        case 0x0D: output += "\\r".utf8
        case 0x09: output += "\\t".utf8
        case 0..<0x20:
            output += "\\u00".utf8
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 0x0F)])
        default:
            output.append(byte)
        }
    }

    /// `"name":`, after a comma unless it is the first member of the object that begins at the
    /// last brace.
    static func appendName(_ name: String, to output: inout [UInt8]) {
        if output.last != UInt8(ascii: "{") { output.append(UInt8(ascii: ",")) }
        append(name, to: &output)
        output.append(UInt8(ascii: ":"))
    }

    static func appendMember(_ name: String, _ value: String, to output: inout [UInt8]) {
        appendName(name, to: &output)
        append(value, to: &output)
    }
}
