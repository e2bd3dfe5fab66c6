import COpenSSL

/// Reads what PEM texts hold. Whatever is made here is freed by who asked for it.
enum PEMText {
    /// The first certificate.
    static func certificate(in text: [UInt8]) -> OpaquePointer? {
        reading(text) { PEM_read_bio_X509($0, nil, noPassphrase, nil) }
    }

    static func privateKey(in text: [UInt8]) -> OpaquePointer? {
        reading(text) { PEM_read_bio_PrivateKey($0, nil, noPassphrase, nil) }
    }

    static func publicKey(in text: [UInt8]) -> OpaquePointer? {
        reading(text) { PEM_read_bio_PUBKEY($0, nil, noPassphrase, nil) }
    }

    private static func reading(_ text: [UInt8], _ read: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(memory) }
        guard BIO_write(memory, text, Int32(clamping: text.count)) == text.count else { return nil }
        defer { ERR_clear_error() }
        return read(memory)
    }
}

/// Without it OpenSSL asks the terminal.
private func noPassphrase(_: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?) -> Int32 { 0 }
