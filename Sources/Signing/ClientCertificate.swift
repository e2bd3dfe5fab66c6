import COpenSSL

/// A certificate and its RSA key, as an application shows who it is with them.
///
/// Holds the text and reads it for each signature: there is one an hour at most, and no pointer to share.
public struct ClientCertificate: Sendable {
    public enum Fault: Error, Sendable, Hashable {
        case noCertificate
        /// There is none, or a passphrase is on it.
        case noKey
        case notRSA
        case keyOfAnother
    }

    /// SHA-256 of the certificate (`x5t#S256` of RFC 7515, 4.1.8): 32 bytes.
    public let thumbprint: [UInt8]
    private let text: [UInt8]

    /// - Parameter text: PEM, certificate and key in any order.
    public init(pem text: [UInt8]) throws(Fault) {
        guard let certificate = PEMText.certificate(in: text) else { throw .noCertificate }
        defer { X509_free(certificate) }
        guard let key = PEMText.privateKey(in: text) else { throw .noKey }
        defer { EVP_PKEY_free(key) }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else { throw .notRSA }
        guard X509_check_private_key(certificate, key) == 1 else {
            ERR_clear_error()
            throw .keyOfAnother
        }
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &length) == 1 else { throw .noCertificate }
        thumbprint = digest
        self.text = text
    }

    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes: `PS256` of RFC 7518, 3.5. `nil` where OpenSSL
    /// cannot, such as with a key that is too small.
    public func signPS256(_ message: [UInt8]) -> [UInt8]? {
        guard let key = PEMText.privateKey(in: text) else { return nil }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        defer { ERR_clear_error() }
        var parameters: OpaquePointer?
        var length = 0
        guard EVP_DigestSignInit(context, &parameters, EVP_sha256(), nil, key) == 1,
            EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1,
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1,
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else { return nil }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { return nil }
        return Array(signature.prefix(length))
    }
}
