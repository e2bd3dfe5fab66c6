public import AMQP
public import Logging
public import NIOCore
public import ServiceLifecycle
import Foundation

/// A stand-in for an Azure namespace on loopback: event hubs, queues and topics that Microsoft's own
/// clients use without a change.
public final class LocalNamespace: Service {
    private let listener: Listener
    private let namespace: NIOLoopBound<Namespace>
    private let eventLoop: any EventLoop

    /// Binds, and takes connections from now on.
    ///
    /// - Throws: `AMQPError.bindFailed`.
    public static func start(
        _ configuration: NamespaceConfiguration, on group: any EventLoopGroup, logger: Logger
    ) async throws(AMQPError) -> LocalNamespace {
        let eventLoop = group.next()
        let namespace: NIOLoopBound<Namespace>
        do {
            namespace = try await eventLoop.submit {
                NIOLoopBound(
                    Namespace(configuration, eventLoop: eventLoop, logger: logger) {
                        Milliseconds((Date().timeIntervalSince1970 * 1000).rounded(.down))
                    }, eventLoop: eventLoop)
            }.get()
        } catch {
            throw .bindFailed(host: configuration.host, port: configuration.port, reason: "\(error)")
        }
        let listening = ListenerConfiguration(
            host: configuration.host, port: configuration.port,
            mechanisms: [.mssbcbs, .plain, .anonymous, .external],
            authenticate: { namespace.value.login($0) },
            containerID: "twinroute-local-namespace", idleTimeout: .seconds(240), padsPerformatives: true)
        let listener = try await Listener.bind(
            listening, delegate: NamespaceDelegate(namespace: namespace, logger: logger), on: eventLoop, logger: logger)
        return LocalNamespace(listener: listener, namespace: namespace, eventLoop: eventLoop)
    }

    private init(listener: Listener, namespace: NIOLoopBound<Namespace>, eventLoop: any EventLoop) {
        self.listener = listener
        self.namespace = namespace
        self.eventLoop = eventLoop
    }

    public var port: Int { listener.port }

    /// Serves until shutdown.
    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }

    /// Ends all connections and listens no more.
    public func close() async {
        await listener.close()
        try? await eventLoop.submit { [namespace] in namespace.value.stop() }.get()
    }
}
