/// TLS on one side of a connection. Files are PEM.
public struct TLSSettings: Sendable, Hashable {
    public enum Verification: Sendable, Hashable {
        /// Chain and host name (client), or chain (server: clients must show a certificate).
        case full
        /// The chain only.
        case withoutHostName
        /// A server does not ask for a certificate. A client believes anything: for tests only.
        case none
    }

    /// Files with trusted authorities: of a client beside those of the system, of a listener the only ones.
    public var authorities: [String]
    /// Our own certificate chain and its key: required of a listener, optional for a client.
    public var certificate: String?
    public var key: String?
    /// The name to ask for and to check. Nil: the host that is dialled.
    public var serverName: String?
    public var verification: Verification

    public init(
        authorities: [String] = [], certificate: String? = nil, key: String? = nil, serverName: String? = nil,
        verification: Verification = .full
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
        self.verification = verification
    }
}
