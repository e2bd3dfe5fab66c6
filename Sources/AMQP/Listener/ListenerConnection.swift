public import AMQPCodec
import NIOCore

/// One client of a ``Listener``. Any thread may use it.
public final class ListenerConnection: Sendable, Hashable {
    /// Unique within the listener.
    public let id: UInt64
    /// The client's address, for logs.
    public let peer: String
    public let containerID: String
    /// `hostname` of the client's open frame.
    public let hostname: String?
    /// `properties` of the client's open frame.
    public let properties: AMQPMap
    /// How the client logged in; nil without SASL.
    public let credentials: SASLCredentials?

    private let engine: NIOLoopBound<Engine>
    private let eventLoop: any EventLoop

    init(id: UInt64, peer: String, credentials: SASLCredentials?, containerID: String, hostname: String?,
        properties: AMQPMap, engine: Engine
    ) {
        self.id = id
        self.peer = peer
        self.credentials = credentials
        self.containerID = containerID
        self.hostname = hostname
        self.properties = properties
        eventLoop = engine.eventLoop
        self.engine = NIOLoopBound(engine, eventLoop: engine.eventLoop)
    }

    /// Closes, with a condition for the client where there is one.
    public func close(_ condition: ErrorCondition? = nil) {
        eventLoop.execute { self.engine.value.close(condition) }
    }

    /// Closes the TCP connection without a word, as a crash or a broken network would.
    public func cut() {
        eventLoop.execute { self.engine.value.cut() }
    }

    /// Closes the TCP connection with the beginning of a frame as the last that the client gets.
    public func cutMidFrame() {
        eventLoop.execute { self.engine.value.cutMidFrame() }
    }

    public static func == (a: ListenerConnection, b: ListenerConnection) -> Bool { a === b }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
