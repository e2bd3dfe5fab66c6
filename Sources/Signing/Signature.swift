import COpenSSL

/// What shared access signatures are made of, on the side that signs and the one that checks.
public enum Signature {
    /// HMAC-SHA256 (RFC 2104): 32 bytes.
    public static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        _ = HMAC(EVP_sha256(), key, Int32(clamping: key.count), message, message.count, &result, &length)
        return result
    }

    public static func base64(_ bytes: [UInt8]) -> String {
        // Four characters for three bytes, and a zero byte that OpenSSL puts at the end.
        var result = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&result, bytes, Int32(clamping: bytes.count))
        return String(decoding: result.prefix(Int(count)), as: UTF8.self)
    }

    /// Takes the same time wherever the difference is.
    public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count && zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
