import NIOSSL

extension TLSSettings {
    func clientContext() throws(AMQPError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = nioVerification
        // Beside the system's.
        configuration.additionalTrustRoots = [.certificates(try trusted())]
        if let certificate {
            configuration.certificateChain = try Self.certificates(certificate, field: "tls.certificate")
                .map { .certificate($0) }
        }
        if let key { configuration.privateKey = .privateKey(try Self.key(key)) }
        return try Self.context(configuration)
    }

    func serverContext() throws(AMQPError) -> NIOSSLContext {
        guard let certificate, let key else {
            throw .invalidConfiguration(
                field: "tls.certificate", value: self.certificate ?? "none", remedy: "a listener needs a certificate and its key")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try Self.certificates(certificate, field: "tls.certificate").map { .certificate($0) },
            privateKey: .privateKey(try Self.key(key)))
        // A server has no host name to compare with.
        configuration.certificateVerification = verification == .none ? .none : .noHostnameVerification
        // Whoever shows a certificate of the system's authorities is not one of ours.
        if !authorities.isEmpty { configuration.trustRoots = .certificates(try trusted()) }
        return try Self.context(configuration)
    }

    /// The name for the handshake and its check. Nil for an address, which TLS does not send.
    func name(forHost host: String) -> String? {
        let name = serverName ?? host
        let isAddress = name.contains(":") || name.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
        return isAddress ? nil : name
    }

    private var nioVerification: CertificateVerification {
        switch verification {
        case .full: .fullVerification
        case .withoutHostName: .noHostnameVerification
        case .none: .none
        }
    }

    private func trusted() throws(AMQPError) -> [NIOSSLCertificate] {
        var certificates: [NIOSSLCertificate] = []
        for file in authorities { certificates += try Self.certificates(file, field: "tls.authorities") }
        return certificates
    }

    private static func key(_ file: String) throws(AMQPError) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(file: file, format: .pem)
        } catch {
            throw .invalidConfiguration(field: "tls.key", value: file, remedy: "give a readable PEM key (\(error))")
        }
    }

    private static func certificates(_ file: String, field: String) throws(AMQPError) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMFile(file)
            if !found.isEmpty { return found }
        } catch {
            throw .invalidConfiguration(field: field, value: file, remedy: "give a readable PEM file (\(error))")
        }
        throw .invalidConfiguration(field: field, value: file, remedy: "the file holds no certificate")
    }

    private static func context(_ configuration: TLSConfiguration) throws(AMQPError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .tlsFailed(reason: "\(error)")
        }
    }
}
