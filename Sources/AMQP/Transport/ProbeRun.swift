import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// One run of a ``TransportProbe``, on its event loop: starts a stage when the one before has passed.
final class ProbeRun {
    private let configuration: ConnectionConfiguration
    private let context: NIOSSLContext?
    private let channel: any Channel
    private let last: TransportProbe.Stage
    private let done: EventLoopPromise<TransportProbe>
    /// Where to put certificates that nobody checks; `nil`: they are checked.
    private let shown: ShownCertificates?
    private var probe = TransportProbe()
    private var stage = TransportProbe.Stage.tcp
    private var started: ContinuousClock.Instant
    private var timer: Scheduled<Void>?
    private var isOver = false

    init(
        _ configuration: ConnectionConfiguration, _ context: NIOSSLContext?, _ channel: any Channel,
        _ last: TransportProbe.Stage, _ done: EventLoopPromise<TransportProbe>, _ started: ContinuousClock.Instant,
        _ shown: ShownCertificates?
    ) {
        self.configuration = configuration
        self.context = context
        self.channel = channel
        self.last = last
        self.done = done
        self.started = started
        self.shown = shown
    }

    func start() {
        pass()
        attempt {
            guard let proxy = configuration.proxy else { return try startTLS() }
            begin(.proxy)
            try channel.pipeline.syncOperations.addHandler(
                ProxyTunnel(to: configuration.tunnelTarget, login: proxy.login) {
                    self.pass()
                    try self.startTLS()
                })
            try watch()
        }
    }

    private func startTLS() throws {
        guard let context, let tls = configuration.tls else { return try startWebSocket() }
        begin(.tls)
        let name = tls.name(forHost: configuration.host)
        let operations = channel.pipeline.syncOperations
        if let shown {
            try operations.addHandler(
                NIOSSLClientHandler(
                    context: context, serverHostname: name,
                    customVerificationCallback: { chain, verdict in
                        shown.take(chain)
                        verdict.succeed(.certificateVerified)
                    }))
        } else {
            try operations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
        }
        try watch()
    }

    fileprivate func handshakeCompleted() {
        guard !isOver, stage == .tls else { return }
        attempt {
            if shown == nil, let tls = configuration.tls, tls.verification == .full, let name = tls.name(forHost: configuration.host) {
                try TLSName.check(name, in: channel.pipeline.syncOperations)
            }
            pass()
            try startWebSocket()
        }
    }

    private func startWebSocket() throws {
        guard configuration.usesWebSocket, last == .webSocket else { return finish() }
        begin(.webSocket)
        try channel.pipeline.syncOperations.startWebSocket(
            host: configuration.webSocketHost, in: channel,
            answered: { head in self.probe.date = head.headers.first(name: "date") },
            upgraded: {
                self.pass()
                self.finish()
            })
        try watch()
    }

    // MARK: Stages

    private func begin(_ stage: TransportProbe.Stage) {
        self.stage = stage
        started = .now
        timer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let limit = configuration.connectTimeout
        timer = channel.eventLoop.scheduleTask(in: .milliseconds(limit.milliseconds)) {
            bound.value.fail(.timedOut(stage.phase, after: limit))
        }
    }

    private func pass() {
        probe.passed.append(TransportProbe.Passed(stage: stage, after: .now - started))
    }

    fileprivate func fail(_ error: AMQPError) {
        guard !isOver else { return }
        probe.failure = TransportProbe.Failure(stage: stage, after: .now - started, error: error)
        finish()
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        done.succeed(probe)
        channel.close(promise: nil)
    }

    private func attempt(_ work: () throws -> Void) {
        do {
            try work()
        } catch {
            fail(.ofChannel(error))
        }
    }

    /// Behind all that is there: errors go to the last handler.
    private func watch() throws {
        try channel.pipeline.syncOperations.addHandler(ProbeWatch(self))
    }

    fileprivate var stageName: String { stage.rawValue }
}

extension TransportProbe.Stage {
    fileprivate var phase: AMQPError.Phase {
        switch self {
        case .tcp: .connect
        case .proxy: .proxy
        case .tls: .tlsHandshake
        case .webSocket: .webSocket
        }
    }
}

/// Hears how a stage ends.
private final class ProbeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let run: ProbeRun

    init(_ run: ProbeRun) {
        self.run = run
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { run.handshakeCompleted() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        run.fail(.ofChannel(error))
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        run.fail(.connectionLost(reason: "the far side closed the connection during \(run.stageName)"))
        context.fireChannelInactive()
    }
}
