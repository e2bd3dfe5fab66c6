import COpenSSL
import Foundation

/// A certificate for this machine's own addresses, signed with its own key: made once, kept in a
/// folder, and made again when its time is over. A client trusts it by its file.
public struct LoopbackCertificate: Sendable, Hashable {
    /// PEM files. The certificate is what a client has to trust.
    public let certificate: String
    public let key: String

    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public let path: String
        public let reason: String

        public var description: String { "\(path): \(reason)" }
    }

    static let days = 825

    /// Takes the one in the folder, or makes it there.
    ///
    /// - Throws: ``Failure``.
    public init(folder: String) throws(Failure) {
        certificate = folder + "/certificate.pem"
        key = folder + "/key.pem"
        if FileManager.default.fileExists(atPath: key), Self.isGood(at: certificate) { return }
        guard let pair = Self.make() else {
            throw Failure(path: folder, reason: "OpenSSL makes no certificate; name one with --certificate and --certificate-key")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // The key before the certificate: what is there of a start that was cut short is made anew.
            guard FileManager.default.createFile(
                atPath: key, contents: Data(pair.key), attributes: [.posixPermissions: 0o600])
            else { throw Failure(path: key, reason: "it cannot be written") }
            try Data(pair.certificate).write(to: URL(fileURLWithPath: certificate), options: .atomic)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(path: folder, reason: error.localizedDescription)
        }
    }

    /// Whether there is a certificate that holds for another day.
    private static func isGood(at path: String) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: path), let certificate = PEMText.certificate(in: Array(bytes)) else {
            return false
        }
        defer { X509_free(certificate) }
        var tomorrow = time(nil) + 86_400
        return X509_cmp_time(X509_get0_notAfter(certificate), &tomorrow) > 0
    }

    // MARK: Making

    private static func make() -> (certificate: [UInt8], key: [UInt8])? {
        guard let key = makeKey() else { return nil }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { return nil }
        defer { X509_free(certificate) }
        guard describe(certificate, key), addExtensions(certificate), X509_sign(certificate, key, EVP_sha256()) > 0 else {
            return nil
        }
        let texts = (
            text { PEM_write_bio_X509($0, certificate) }, text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) })
        guard let first = texts.0, let second = texts.1 else { return nil }
        return (first, second)
    }

    private static func makeKey() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) > 0,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) > 0,
            EVP_PKEY_keygen(context, &key) > 0
        else { return nil }
        return key
    }

    private static func describe(_ certificate: OpaquePointer, _ key: OpaquePointer) -> Bool {
        // Clients tell certificates of one issuer apart by their numbers.
        let number = Int.random(in: 1...Int(Int32.max))
        guard X509_set_version(certificate, 2) == 1,
            ASN1_INTEGER_set(X509_get_serialNumber(certificate), number) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86_400) != nil,
            X509_set_pubkey(certificate, key) == 1, let name = X509_get_subject_name(certificate),
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, "twinroute local namespace", -1, -1, 0) == 1
        else { return false }
        return X509_set_issuer_name(certificate, name) == 1
    }

    private static func addExtensions(_ certificate: OpaquePointer) -> Bool {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, certificate, certificate, nil, nil, 0)
        let extensions: [(Int32, String)] = [
            // It is its own authority, and clients take it as such.
            (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
            (NID_key_usage, "critical,digitalSignature,keyCertSign"),
            (NID_ext_key_usage, "serverAuth"),
            (NID_subject_key_identifier, "hash"),
            (NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"),
        ]
        return extensions.allSatisfy { number, value in
            guard let made = X509V3_EXT_conf_nid(nil, &context, number, value) else { return false }
            defer { X509_EXTENSION_free(made) }
            return X509_add_ext(certificate, made, -1) == 1
        }
    }

    private static func text(_ write: (OpaquePointer) -> Int32) -> [UInt8]? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(memory) }
        guard write(memory) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(memory))
        let count = BIO_read(memory, &bytes, Int32(clamping: bytes.count))
        return count == bytes.count ? bytes : nil
    }
}
