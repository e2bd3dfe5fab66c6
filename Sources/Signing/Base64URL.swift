import Foundation

/// Base64 for URLs and JSON web tokens, without padding (RFC 4648, 5; RFC 7515, 2).
public enum Base64URL {
    public static func encode(_ bytes: [UInt8]) -> String {
        var text = Signature.base64(bytes)
        while text.hasSuffix("=") { text.removeLast() }
        return String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// `nil` where the text is something else.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let standard = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        let padding = String(repeating: "=", count: (4 - standard.count % 4) % 4)
        return Data(base64Encoded: String(standard) + padding).map { Array($0) }
    }
}
