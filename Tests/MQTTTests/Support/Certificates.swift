/// A certificate authority, a server certificate for localhost and 127.0.0.1, and a client
/// certificate, made with openssl.
struct Certificates {
    let folder: TemporaryFolder

    var authority: String { "\(folder.path)/ca.pem" }
    var client: String { "\(folder.path)/client.pem" }
    var clientKey: String { "\(folder.path)/client.key" }
    var server: String { "\(folder.path)/server.pem" }
    var serverKey: String { "\(folder.path)/server.key" }

    init(subjectAltName: String = "DNS:localhost,IP:127.0.0.1") async throws {
        folder = try TemporaryFolder()
        let program = "/usr/bin/openssl"
        func key(_ name: String) async throws {
            try await folder.run(program, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "\(name).key")
        }
        try await key("ca")
        try await folder.run(
            program, "req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=Test authority", "-days", "2", "-out", "ca.pem")
        try folder.write("subjectAltName=\(subjectAltName)\n", to: "server.ext")
        try folder.write("extendedKeyUsage=clientAuth\n", to: "client.ext")
        for name in ["server", "client"] {
            try await key(name)
            try await folder.run(
                program, "req", "-new", "-key", "\(name).key", "-subj", "/CN=\(name)", "-out", "\(name).csr")
            try await folder.run(
                program, "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).pem")
        }
    }

    func listenerSettings(requiresClientCertificate: Bool) -> [String] {
        ["cafile \(authority)", "certfile \(server)", "keyfile \(serverKey)", "allow_anonymous true"]
            + (requiresClientCertificate ? ["require_certificate true"] : [])
    }
}
