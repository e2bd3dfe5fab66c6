import Foundation
import Signing

/// `r=…&e=…&s=…` (reference 5.2).
struct EventGridToken {
    /// The text that was signed, as it came.
    let signed: String
    let signature: String
    let expiresAt: Milliseconds

    init?(_ text: String) {
        let parts = text.split(separator: "&", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasPrefix("r="), parts[1].hasPrefix("e="), parts[2].hasPrefix("s="),
            let expiry = Self.time(String(parts[1].dropFirst(2)).replacing("+", with: " ").percentDecoded)
        else { return nil }
        signed = "\(parts[0])&\(parts[1])"
        signature = String(parts[2].dropFirst(2)).percentDecoded
        expiresAt = expiry
    }

    func isSigned(withKey key: String) -> Bool {
        guard let bytes = Data(base64Encoded: key) else { return false }
        let expected = Signature.base64(Signature.hmacSHA256(Array(signed.utf8), key: Array(bytes)))
        return Signature.areEqual(Array(expected.utf8), Array(signature.utf8))
    }

    /// The samples' en-US form or ISO, in UTC, with or without an offset of zero.
    private static func time(_ text: String) -> Milliseconds? {
        var text = text
        for suffix in ["+00:00", " 00:00", "Z"] where text.hasSuffix(suffix) && text.count > 20 { text.removeLast(suffix.count) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        for format in ["M/d/yyyy h:mm:ss a", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss.SSSSSS", "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"] {
            formatter.dateFormat = format
            if let date = formatter.date(from: text) { return Milliseconds(date.timeIntervalSince1970 * 1000) }
        }
        return nil
    }
}
