import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// An HTTP/1.1 server for an API's small requests: each is read whole, within limits, and then
/// answered whole.
///
/// On NIO's own parts: its decoder, its pipelining assistance, which keeps answers in order and ends
/// connections in good order, and its TLS.
public struct HTTPServer: Service {
    /// How long a shutdown waits for requests under way.
    public static let drainLimit: Duration = .seconds(5)

    private let channel: any Channel
    private let connections: Connections

    /// Binds, and takes connections from now on.
    public static func start(
        _ configuration: HTTPServerConfiguration, responder: any HTTPResponder, on group: any EventLoopGroup,
        logger: Logger
    ) async throws(HTTPServerError) -> HTTPServer {
        let tls = try configuration.tls.map { tls throws(HTTPServerError) in try context(of: tls) }
        let connections = Connections(limit: configuration.maximumConnections)
        let budget = BodyBudget(limit: configuration.maximumHeldBytes)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.add(channel) else { throw ChannelError.operationUnsupported }
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(IdleStateHandler(allTimeout: TimeAmount(configuration.idleLimit)))
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try pipeline.addHandler(
                        RequestHandler(
                            responder: responder, maximumBodyBytes: configuration.maximumBodyBytes, budget: budget,
                            logger: logger))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
            return HTTPServer(channel: channel, connections: connections)
        } catch {
            throw .bindFailed(host: configuration.host, port: configuration.port, reason: "\(error)")
        }
    }

    private init(channel: any Channel, connections: Connections) {
        self.channel = channel
        self.connections = connections
    }

    /// The port that it listens on.
    public var port: Int { channel.localAddress?.port ?? 0 }

    /// Serves until shutdown; then answers what it has begun to read, and ends.
    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }

    /// Takes no more requests, and returns when those under way are answered, or were given up
    /// after ``drainLimit``. Idempotent.
    public func close() async {
        try? await channel.close()
        connections.quiesce()
        await withTaskGroup { group in
            group.addTask { await connections.waitUntilClosed() }
            group.addTask {
                // Cancelled when the connections have closed in time.
                try? await Task.sleep(for: Self.drainLimit)
                connections.closeAll()
            }
            await group.next()
            group.cancelAll()
        }
    }

    private static func context(of tls: HTTPServerTLS) throws(HTTPServerError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate).map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        } catch {
            throw .tlsUnusable(certificate: tls.certificate, key: tls.key, reason: "\(error)")
        }
    }
}
