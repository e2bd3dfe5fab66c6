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

    public enum Algorithm: String, Sendable, Hashable {
        /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3).
        case rs256 = "RS256"
        /// RSASSA-PSS with SHA-256 and a salt of 32 bytes (RFC 7518, 3.5).
        case ps256 = "PS256"
    }

    public func verifies(_ signature: [UInt8], of message: [UInt8], by algorithm: Algorithm) -> Bool {
        guard let key = Self.key(in: text) else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        defer { ERR_clear_error() }
        var parameters: OpaquePointer?
        guard EVP_DigestVerifyInit(context, &parameters, EVP_sha256(), nil, key) == 1 else { return false }
        if algorithm == .ps256 {
            guard EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static func key(in text: [UInt8]) -> OpaquePointer? {
        if let key = PEMText.publicKey(in: text) { return key }
        guard let certificate = PEMText.certificate(in: text) else { return nil }
        defer { X509_free(certificate) }
        return X509_get_pubkey(certificate)
    }
}
