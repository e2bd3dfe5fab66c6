import COpenSSL

/// The public RSA key of somebody who signs tokens.
public struct VerificationKey: Sendable {
    private let text: [UInt8]

    /// `nil` where the text holds no RSA key.
    ///
    /// - Parameter text: PEM, a public key or a certificate.
    public init?(pem text: [UInt8]) {
        guard let key = Self.key(in: text) else { return nil }
        defer { EVP_PKEY_free(key) }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else { return nil }
        self.text = text
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256: `RS256` of RFC 7518, 3.3.
    public func verifiesRS256(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = Self.key(in: text) else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        defer { ERR_clear_error() }
        return EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static func key(in text: [UInt8]) -> OpaquePointer? {
        if let key = PEMText.publicKey(in: text) { return key }
        guard let certificate = PEMText.certificate(in: text) else { return nil }
        defer { X509_free(certificate) }
        return X509_get_pubkey(certificate)
    }
}
