import Foundation
import HeaderSerialization
import Notifications
import Signing

/// Makes tokens for a topic from its access key (reference 5.2).
enum EventGridToken {
    /// How long a token holds. A new one is made well before.
    static let lifetime: Duration = .seconds(3600)

    /// `r=…&e=…&s=…`; `nil` where the key is not base64.
    ///
    /// - Parameter expiry: seconds since 1970-01-01T00:00:00Z.
    static func make(resource: String, expiry: Int64, key: Secret) -> String? {
        guard let keyBytes = Data(base64Encoded: key.revealed) else { return nil }
        let signed = "r=\(PercentEncoding.encode(resource))&e=\(PercentEncoding.encode(time(expiry)))"
        return "\(signed)&s=\(PercentEncoding.encode(Signature.base64(Signature.hmacSHA256(Array(signed.utf8), key: Array(keyBytes)))))"
    }

    /// ISO without an offset, in UTC, as Microsoft's Python client writes it.
    private static func time(_ seconds: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
    }
}
