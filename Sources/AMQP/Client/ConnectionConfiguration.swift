public import AMQPCodec

/// How a client proves who it is. Only the mechanism named here is ever used, whatever else the
/// peer offers.
public enum Authentication: Sendable, Hashable {
    /// No SASL layer at all.
    case none
    case anonymous
    case plain(user: String, password: String)
    /// By the client certificate of the TLS handshake.
    case external
}

/// Where to connect and how.
public struct ConnectionConfiguration: Sendable {
    public var host: String
    public var port: Int
    /// Nil: plain TCP.
    public var tls: TLSSettings?
    /// Whether the bytes go in WebSocket frames, as through port 443.
    public var usesWebSocket: Bool
    /// Nil: straight to the host.
    public var proxy: ProxySettings?
    public var authentication: Authentication
    public var containerID: String
    /// `hostname` of the open frame. Nil: `host`.
    public var hostname: String?
    /// The connection ends when nothing came for this long. The peer is told half of it, so that
    /// its empty frames come in time.
    public var idleTimeout: Duration?
    /// Bytes. At least 512 (AMQP 1.0 part 2, section 2.7.1).
    public var maxFrameSize: UInt32
    /// For everything from the name lookup to the peer's open frame; each attach has as long again.
    public var connectTimeout: Duration
    /// `properties` of the open frame, keyed by symbols.
    public var properties: AMQPMap

    public init(
        host: String, port: Int, tls: TLSSettings? = nil, usesWebSocket: Bool = false, proxy: ProxySettings? = nil,
        authentication: Authentication = .anonymous,
        containerID: String, hostname: String? = nil, idleTimeout: Duration? = .seconds(120),
        maxFrameSize: UInt32 = 65536, connectTimeout: Duration = .seconds(10), properties: AMQPMap = AMQPMap()
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.usesWebSocket = usesWebSocket
        self.proxy = proxy
        self.authentication = authentication
        self.containerID = containerID
        self.hostname = hostname
        self.idleTimeout = idleTimeout
        self.maxFrameSize = maxFrameSize
        self.connectTimeout = connectTimeout
        self.properties = properties
    }
}
