/// How a connection secures its transport. TLS 1.2 is the oldest version spoken.
public struct TLSSettings: Sendable, Hashable {
    /// Path of a PEM file with the certificate authorities to trust; `nil`: those of the system.
    public var certificateAuthority: String?
    /// Path of a PEM file with the client's certificate chain; needs ``key``.
    public var certificate: String?
    /// Path of a PEM file with the client's unencrypted private key; needs ``certificate``.
    public var key: String?
    /// Whether the server's certificate must carry the host's name or address. Turning this off
    /// lets anyone with a certificate of the same authority pose as the broker.
    public var verifiesServerName: Bool

    public init(
        certificateAuthority: String? = nil,
        certificate: String? = nil,
        key: String? = nil,
        verifiesServerName: Bool = true
    ) {
        self.certificateAuthority = certificateAuthority
        self.certificate = certificate
        self.key = key
        self.verifiesServerName = verifiesServerName
    }
}
