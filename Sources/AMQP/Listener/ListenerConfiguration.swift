public import AMQPCodec

/// Where a listener listens, and what it demands.
public struct ListenerConfiguration: Sendable {
    public var host: String
    /// 0: a free one, see ``Listener/port``.
    public var port: Int
    /// Nil: plain TCP. With verification other than `.none`, clients must show a certificate.
    public var tls: TLSSettings?
    /// Takes AMQP over WebSocket instead of plain AMQP (reference 4.1): path `/$servicebus/websocket`,
    /// subprotocol `AMQPWSB10`, or `amqp`.
    public var usesWebSocket = false
    /// Offered in this order. EXTERNAL is refused to clients that showed no certificate.
    public var mechanisms: [SASLMechanism]
    /// Whether a client may leave SASL out.
    public var requiresSASL: Bool
    /// Decides about a login. Called on the event loop: it must not block. ANONYMOUS and MSSBCBS
    /// come here too.
    public var authenticate: @Sendable (SASLCredentials) -> Bool
    public var containerID: String
    /// As in ``ConnectionConfiguration/idleTimeout``.
    public var idleTimeout: Duration?
    /// Bytes, at least 512.
    public var maxFrameSize: UInt32
    /// How long a client may take from its TCP connection to its open frame.
    public var openTimeout: Duration
    /// `properties` of the open frame, keyed by symbols.
    public var properties: AMQPMap
    /// Writes every performative with all its fields, for clients that index them blindly.
    public var padsPerformatives: Bool

    public init(
        host: String = "127.0.0.1", port: Int = 0, tls: TLSSettings? = nil,
        mechanisms: [SASLMechanism] = [.anonymous], requiresSASL: Bool = false,
        authenticate: @escaping @Sendable (SASLCredentials) -> Bool = { $0.mechanism != .plain },
        containerID: String, idleTimeout: Duration? = .seconds(120), maxFrameSize: UInt32 = 65536,
        openTimeout: Duration = .seconds(10), properties: AMQPMap = AMQPMap(), padsPerformatives: Bool = false
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.mechanisms = mechanisms
        self.requiresSASL = requiresSASL
        self.authenticate = authenticate
        self.containerID = containerID
        self.idleTimeout = idleTimeout
        self.maxFrameSize = maxFrameSize
        self.openTimeout = openTimeout
        self.properties = properties
        self.padsPerformatives = padsPerformatives
    }
}
