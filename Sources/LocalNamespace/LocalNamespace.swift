import AMQP
public import Logging
public import NIOCore
public import ServiceLifecycle
import Foundation
import HTTPServing

/// A stand-in for an Azure namespace on loopback: event hubs, queues and topics that Microsoft's own
/// clients use without a change.
public final class LocalNamespace: Service {
    private let listener: Listener
    let namespace: NIOLoopBound<Namespace>
    let eventLoop: any EventLoop
    private let http: HTTPServer?
    private let https: HTTPServer?
    private let webSocket: Listener?

    /// Binds, and takes connections from now on.
    ///
    /// - Throws: `AMQPError.bindFailed`, `HTTPServerError`; ``ContentsError`` where the data folder cannot be used.
    public static func start(
        _ configuration: NamespaceConfiguration, on group: any EventLoopGroup, logger: Logger
    ) async throws -> LocalNamespace {
        let eventLoop = group.next()
        let namespace = try await eventLoop.submit {
            NIOLoopBound(
                try Namespace(configuration, eventLoop: eventLoop, logger: logger) {
                    Milliseconds((Date().timeIntervalSince1970 * 1000).rounded(.down))
                }, eventLoop: eventLoop)
        }.get()
        var listening = ListenerConfiguration(
            host: configuration.host, port: configuration.port,
            tls: configuration.tls.map { TLSSettings(certificate: $0.certificate, key: $0.key, verification: .none) },
            mechanisms: [.mssbcbs, .plain, .anonymous, .external],
            authenticate: { namespace.value.login($0) },
            containerID: "twinroute-local-namespace", idleTimeout: .seconds(240), padsPerformatives: true)
        let listener = try await Listener.bind(
            listening, delegate: NamespaceDelegate(namespace: namespace, logger: logger), on: eventLoop, logger: logger)
        var webSocket: Listener?
        if let port = configuration.webSocketPort {
            listening.port = port
            listening.usesWebSocket = true
            webSocket = try await Listener.bind(
                listening, delegate: NamespaceDelegate(namespace: namespace, logger: logger), on: eventLoop, logger: logger)
        }
        func startHTTP(_ port: Int?, tls: HTTPServerTLS?) async throws -> HTTPServer? {
            guard let port else { return nil }
            return try await HTTPServer.start(
                HTTPServerConfiguration(host: configuration.host, port: port, tls: tls, idleLimit: .seconds(120)),
                responder: NamespaceResponder(namespace: namespace, eventLoop: eventLoop), on: eventLoop, logger: logger)
        }
        return LocalNamespace(
            listener: listener, webSocket: webSocket, namespace: namespace, eventLoop: eventLoop,
            http: try await startHTTP(configuration.httpPort, tls: nil),
            https: try await startHTTP(
                configuration.tls == nil ? nil : configuration.httpsPort,
                tls: configuration.tls.map { HTTPServerTLS(certificate: $0.certificate, key: $0.key) }))
    }

    private init(
        listener: Listener, webSocket: Listener?, namespace: NIOLoopBound<Namespace>, eventLoop: any EventLoop,
        http: HTTPServer?, https: HTTPServer?
    ) {
        self.https = https
        self.webSocket = webSocket
        self.http = http
        self.listener = listener
        self.namespace = namespace
        self.eventLoop = eventLoop
    }

    public var port: Int { listener.port }
    /// Of AMQP over WebSocket, where it is on.
    public var webSocketPort: Int? { webSocket?.port }
    /// Of the HTTP side, where it is on.
    public var httpPort: Int? { http?.port }
    /// Of the HTTP side over TLS, where it is on.
    public var httpsPort: Int? { https?.port }

    /// Serves until shutdown.
    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }

    /// Ends all connections and listens no more.
    public func close() async {
        await listener.close()
        await webSocket?.close()
        await http?.close()
        await https?.close()
        try? await eventLoop.submit { [namespace] in namespace.value.stop() }.get()
    }
}
