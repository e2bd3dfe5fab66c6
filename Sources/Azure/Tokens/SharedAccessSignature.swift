import HeaderSerialization
import Signing

/// The token that Event Hubs and Service Bus take for a shared access key (reference 4.4).
enum SharedAccessSignature {
    /// `SharedAccessSignature sr=…&sig=…&se=…&skn=…`.
    ///
    /// The key's *text* is the HMAC key, not the bytes that it may be base64 of.
    ///
    /// - Parameters:
    ///   - resource: a URI; the token holds for all that lies below it.
    ///   - expiry: in seconds since 1970.
    static func text(resource: String, keyName: String, key: String, expiry: Int64) -> String {
        let resource = PercentEncoding.encode(resource)
        let signature = Signature.hmacSHA256(Array("\(resource)\n\(expiry)".utf8), key: Array(key.utf8))
        return "SharedAccessSignature sr=\(resource)&sig=\(PercentEncoding.encode(Signature.base64(signature)))"
            + "&se=\(expiry)&skn=\(PercentEncoding.encode(keyName))"
    }

    /// When a token's time is over, in seconds since 1970; `nil` where it does not say.
    static func expiry(of text: String) -> Int64? {
        text.split { $0 == "&" || $0 == " " }.first { $0.hasPrefix("se=") }.flatMap { Int64($0.dropFirst(3)) }
    }
}
