import AMQPCodec

/// What one side of an AMQP connection says about itself.
struct EngineSettings {
    enum SASL {
        case client(Authentication)
        /// Empty mechanisms: no SASL layer is asked for.
        case server([SASLMechanism], isRequired: Bool, decide: (SASLCredentials) -> Bool)
    }

    var sasl: SASL
    var containerID: String
    var hostname: String?
    var maxFrameSize: UInt32
    var idleTimeout: Duration?
    /// Until the peer's open frame is here.
    var openTimeout: Duration
    var properties: AMQPMap
    var padsPerformatives = false
    var usesTLS = false
    /// The name that the peer's certificate must have.
    var peerName: String?

    var isServer: Bool {
        if case .server = sasl { true } else { false }
    }
}

/// What an engine's owner hears, on the event loop.
protocol EngineOwner: AnyObject {
    /// The peer's open frame came. A server answers with ``Engine/open()`` or ``Engine/close(_:)``.
    func engineOpened(_ engine: Engine)
    /// The peer begins a link; `pointer` is Proton's.
    func engine(_ engine: Engine, peerAttached pointer: OpaquePointer)
    /// Credit came, or was taken back, on a link we send on.
    func engine(_ engine: Engine, creditChangedOn link: SendingLink)
    /// Once. Nil: closed by this side, or by a client that meant to.
    func engineEnded(_ engine: Engine, error: AMQPError?)
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1000).partialValue + attoseconds / 1_000_000_000_000_000
    }
}
