import NIOCore
import NIOSSL

/// Builds a client's pipeline up to the engine: tunnel, TLS, WebSocket, as far as they are wanted.
/// What goes wrong on the way is the reason why there is no connection.
final class ClientTransport {
    private let configuration: ConnectionConfiguration
    private let context: NIOSSLContext?
    private let channel: any Channel
    private let opened: EventLoopPromise<Connection>
    private let failures: TransportFailures

    init(
        _ configuration: ConnectionConfiguration, _ context: NIOSSLContext?, _ channel: any Channel,
        _ opened: EventLoopPromise<Connection>
    ) {
        self.configuration = configuration
        self.context = context
        self.channel = channel
        self.opened = opened
        failures = TransportFailures(opened, limit: configuration.connectTimeout)
    }

    func start() throws {
        guard let proxy = configuration.proxy else { return try startTLS() }
        failures.phase = .proxy
        let tunnel = ProxyTunnel(to: configuration.tunnelTarget, login: proxy.login) { try self.startTLS() }
        try channel.pipeline.syncOperations.addHandler(tunnel)
        try moveFailuresLast()
    }

    private func startTLS() throws {
        if let context, let tls = configuration.tls {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: tls.name(forHost: configuration.host)))
        }
        guard configuration.usesWebSocket else { return try startEngine() }
        failures.phase = .webSocket
        try channel.pipeline.syncOperations.startWebSocket(host: configuration.webSocketHost, in: channel) {
            try self.startEngine()
        }
        try moveFailuresLast()
    }

    private func startEngine() throws {
        failures.stop()
        let side = ClientSide(opened, channel, configuration)
        try channel.pipeline.syncOperations.addHandler(
            Engine(configuration.engineSettings, owner: side, eventLoop: channel.eventLoop))
    }

    /// Errors go to the last handler.
    private func moveFailuresLast() throws {
        if failures.isInPipeline {
            let bound = NIOLoopBound((channel, failures), eventLoop: channel.eventLoop)
            channel.pipeline.syncOperations.removeHandler(failures).whenComplete { _ in
                let (channel, failures) = bound.value
                guard failures.isRunning else { return }
                try? channel.pipeline.syncOperations.addHandler(failures)
            }
        } else {
            try channel.pipeline.syncOperations.addHandler(failures)
        }
    }
}

/// Hears what fails before the engine is there, and watches the time.
final class TransportFailures: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    var phase = AMQPError.Phase.proxy
    private(set) var isInPipeline = false
    private(set) var isRunning = true
    private let opened: EventLoopPromise<Connection>
    private let limit: Duration
    private var timer: Scheduled<Void>?

    init(_ opened: EventLoopPromise<Connection>, limit: Duration) {
        self.opened = opened
        self.limit = limit
    }

    /// The engine is there.
    func stop() {
        isRunning = false
        timer?.cancel()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        isInPipeline = true
        guard timer == nil else { return }
        let bound = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: .milliseconds(limit.milliseconds)) {
            let (failures, channel) = bound.value
            guard failures.isRunning else { return }
            failures.fail(.timedOut(failures.phase, after: failures.limit), channel)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isInPipeline = false
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard isRunning else { return context.fireErrorCaught(error) }
        fail(.ofChannel(error), context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isRunning {
            fail(.connectionLost(reason: "the peer closed the TCP connection during the \(phase.rawValue) handshake"), context.channel)
        }
        context.fireChannelInactive()
    }

    private func fail(_ error: AMQPError, _ channel: any Channel) {
        stop()
        opened.fail(error)
        channel.close(promise: nil)
    }
}
