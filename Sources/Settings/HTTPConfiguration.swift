import Notifications

/// The HTTP server (design.md 5.3).
public struct HTTPConfiguration: Sendable, Hashable {
    public var listen: HostAndPort
    /// The bearer token; `nil` only on loopback.
    public var token: Secret?
    public var tls: ServerTLS?

    public init(listen: HostAndPort, token: Secret? = nil, tls: ServerTLS? = nil) {
        self.listen = listen
        self.token = token
        self.tls = tls
    }
}

/// A server's certificate and key: absolute paths of PEM files.
public struct ServerTLS: Sendable, Hashable {
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
