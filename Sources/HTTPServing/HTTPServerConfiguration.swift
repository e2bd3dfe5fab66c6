/// Where an HTTP server listens and what it bears.
public struct HTTPServerConfiguration: Sendable {
    public var host: String
    /// 0 takes a free one.
    public var port: Int
    /// `nil`: plain HTTP.
    public var tls: HTTPServerTLS?
    /// A larger body is answered 413 and not kept.
    public var maximumBodyBytes: Int
    /// Bodies of all connections together; beyond it requests are answered 503.
    public var maximumHeldBytes: Int
    /// A connection beyond this many is closed at once.
    public var maximumConnections: Int
    /// A connection on which nothing moves for so long is closed, except while its request is being answered.
    public var idleLimit: Duration

    public init(
        host: String,
        port: Int,
        tls: HTTPServerTLS? = nil,
        maximumBodyBytes: Int = 4 << 20,
        maximumHeldBytes: Int = 64 << 20,
        maximumConnections: Int = 512,
        idleLimit: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumHeldBytes = maximumHeldBytes
        self.maximumConnections = maximumConnections
        self.idleLimit = idleLimit
    }
}

/// A server's certificate and key: paths of PEM files.
public struct HTTPServerTLS: Sendable, Hashable {
    /// The chain, the server's own certificate first.
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Why a server could not start.
public enum HTTPServerError: Error, Sendable, Hashable {
    case bindFailed(host: String, port: Int, reason: String)
    /// Certificate or key cannot be read, or do not belong together.
    case tlsUnusable(certificate: String, key: String, reason: String)
}

extension HTTPServerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bindFailed(let host, let port, let reason):
            "cannot listen on \(host):\(port) (\(reason)); stop what listens there or choose another address with http.listen"
        case .tlsUnusable(let certificate, let key, let reason):
            "certificate \(certificate) with key \(key) cannot be used: \(reason); name PEM files that belong together in http.tls"
        }
    }
}
