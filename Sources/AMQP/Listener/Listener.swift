import AMQPCodec
public import Logging
public import NIOCore
import NIOPosix
import NIOSSL

/// The server side of AMQP 1.0: takes connections and asks a ``ListenerDelegate`` what to do.
public final class Listener: Sendable {
    public let host: String
    /// The port that is listened on, also where a free one was asked for.
    public let port: Int

    private let channel: any Channel
    private let registry: ListenerRegistry

    /// Starts to listen.
    public static func bind(
        _ configuration: ListenerConfiguration, delegate: any ListenerDelegate, on group: any EventLoopGroup,
        logger: Logger
    ) async throws(AMQPError) -> Listener {
        guard configuration.maxFrameSize >= 512 else {
            throw .invalidConfiguration(
                field: "maxFrameSize", value: "\(configuration.maxFrameSize)", remedy: "at least 512 bytes")
        }
        let context = try configuration.tls?.serverContext()
        let registry = ListenerRegistry()
        let bootstrap = ServerBootstrap(group: group)
            .engineOptions()
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try start(channel, configuration, context, delegate, registry)
                }
            }
        do {
            let channel = try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
            logger.debug("listening", metadata: [
                LoggingKey.host: "\(configuration.host)", LoggingKey.port: "\(channel.localAddress?.port ?? 0)"])
            return Listener(channel, host: configuration.host, registry)
        } catch {
            throw .bindFailed(host: configuration.host, port: configuration.port, reason: "\(error)")
        }
    }

    private static func start(
        _ channel: any Channel, _ configuration: ListenerConfiguration, _ context: NIOSSLContext?,
        _ delegate: any ListenerDelegate, _ registry: ListenerRegistry
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        let tls = context.map { NIOSSLServerHandler(context: $0) }
        if let tls { try pipeline.addHandler(tls) }
        let side = ServerSide(
            delegate: delegate, id: registry.nextID(), peer: channel.remoteAddress.map { "\($0)" } ?? "unknown",
            registry: registry)
        let authenticate = configuration.authenticate
        let settings = EngineSettings(
            sasl: .server(configuration.mechanisms, isRequired: configuration.requiresSASL) { [weak side] credentials in
                if credentials.mechanism == .external, tls?.peerCertificate == nil { return false }
                guard authenticate(credentials) else { return false }
                side?.credentials = credentials
                return true
            },
            containerID: configuration.containerID, hostname: nil, maxFrameSize: configuration.maxFrameSize,
            idleTimeout: configuration.idleTimeout, openTimeout: configuration.openTimeout,
            properties: configuration.properties, padsPerformatives: configuration.padsPerformatives,
            usesTLS: tls != nil)
        let engine = try Engine(settings, owner: side, eventLoop: channel.eventLoop)
        guard configuration.usesWebSocket else { return try pipeline.addHandler(engine) }
        try pipeline.configureWebSocket(in: channel, behind: engine)
    }

    private init(_ channel: any Channel, host: String, _ registry: ListenerRegistry) {
        self.channel = channel
        self.host = host
        self.registry = registry
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    /// The clients that are connected now.
    public var connections: [ListenerConnection] { registry.all }

    /// Stops listening, and closes every connection with `amqp:connection:forced`.
    public func close() async {
        try? await channel.close().get()
        for connection in connections {
            connection.close(ErrorCondition("amqp:connection:forced", description: "the listener stops"))
        }
    }
}
