/// Hides what looks like a token in texts that a far side wrote: it may repeat what it was told.
public enum TokenMask {
    /// `text` with ``Secret/mask`` in place of JSON Web Tokens (three parts that begin with `eyJ`) and of
    /// the signatures of SAS tokens (`sig=…`, `s=…` after `&`).
    public static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if let end = endOfToken(in: bytes, at: position) {
                output += Secret.mask.utf8
                position = end
            } else if let (start, end) = signature(in: bytes, at: position) {
                output += bytes[position..<start]
                output += Secret.mask.utf8
                position = end
            } else {
                output.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A cut one too: the first part alone tells who it is for.
    private static func endOfToken(in bytes: [UInt8], at start: Int) -> Int? {
        guard bytes[start...].starts(with: "eyJ".utf8), start == 0 || !isTokenByte(bytes[start - 1]) else { return nil }
        let end = bytes[start...].firstIndex { !isTokenByte($0) } ?? bytes.count
        return end - start >= 16 ? end : nil
    }

    private static func signature(in bytes: [UInt8], at position: Int) -> (start: Int, end: Int)? {
        for name in ["sig=", "&s="] where bytes[position...].starts(with: name.utf8) {
            let start = position + name.utf8.count
            let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "&") || $0 <= 0x20 || $0 == UInt8(ascii: "\"") } ?? bytes.count
            return end > start ? (start, end) : nil
        }
        return nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }
}
