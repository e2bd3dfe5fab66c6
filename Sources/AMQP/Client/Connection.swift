public import Logging
public import NIOCore
import NIOPosix
import NIOSSL

/// A client's AMQP 1.0 connection, with one session for all its links.
///
/// It lives as long as it, or one of its links, is referenced; ``close()`` ends it properly.
public final class Connection: Sendable {
    let eventLoop: any EventLoop
    private let engine: NIOLoopBound<Engine>
    private let channel: any Channel
    private let ending: Ending
    private let configuration: ConnectionConfiguration

    /// Connects, and completes when the peer's open frame has come. Gives up after the
    /// configuration's `connectTimeout`.
    public static func connect(
        _ configuration: ConnectionConfiguration, on group: any EventLoopGroup, logger: Logger
    ) async throws(AMQPError) -> Connection {
        try configuration.check()
        let context = try configuration.tls?.clientContext()
        let eventLoop = group.next()
        do {
            let opened = eventLoop.makePromise(of: Connection.self)
            start(configuration, context, eventLoop, opened)
            let connection = try await opened.futureResult.get()
            logger.debug("connected", metadata: [
                LoggingKey.host: "\(configuration.host)", LoggingKey.port: "\(configuration.port)"])
            return connection
        } catch {
            let reason = AMQPError.ofConnect(
                error, host: configuration.dialled.host, port: configuration.dialled.port, limit: configuration.connectTimeout)
            logger.debug("not connected", metadata: [
                LoggingKey.host: "\(configuration.host)", LoggingKey.port: "\(configuration.port)",
                LoggingKey.error: "\(reason)"])
            throw reason
        }
    }

    private static func start(
        _ configuration: ConnectionConfiguration, _ context: NIOSSLContext?, _ eventLoop: any EventLoop,
        _ opened: EventLoopPromise<Connection>
    ) {
        // Of a host's addresses several may be tried, side by side even: only the one that is taken
        // gets a pipeline, and none of the others has a say in what comes of the attempt.
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(configuration.connectTimeout.milliseconds))
            .engineOptions()
            .connect(host: configuration.dialled.host, port: configuration.dialled.port)
            .whenComplete { result in
                do {
                    try ClientTransport(configuration, context, result.get(), opened).start()
                } catch {
                    opened.fail(error)
                    if case .success(let channel) = result { channel.close(promise: nil) }
                }
            }
    }

    init(_ engine: Engine, _ channel: any Channel, _ ending: Ending, _ configuration: ConnectionConfiguration) {
        eventLoop = engine.eventLoop
        self.engine = NIOLoopBound(engine, eventLoop: engine.eventLoop)
        self.channel = channel
        self.ending = ending
        self.configuration = configuration
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Attaches a link that sends to `address`; completes when the peer has accepted it.
    ///
    /// - Parameter onOutcomes: called on the event loop with the outcomes that came in one read.
    ///   What is unsettled when the link ends is reported to nobody: the caller knows what it sent.
    public func openSender(
        to address: String, options: SenderOptions = .init(),
        onOutcomes: @escaping @Sendable ([Settlement]) -> Void
    ) async throws(AMQPError) -> Sender {
        let timeout = configuration.connectTimeout
        return try await onEventLoop { engine, done in
            engine.attachSender(to: address, options, within: timeout) { result in
                done(result.map { link in
                    link.onOutcomes = onOutcomes
                    return Sender(link, on: self)
                })
            }
        }
    }

    /// Attaches a link that receives from `address`; completes when the peer has accepted it.
    public func openReceiver(
        from address: String, options: ReceiverOptions = .init()
    ) async throws(AMQPError) -> Receiver {
        let timeout = configuration.connectTimeout
        return try await onEventLoop { engine, done in
            engine.attachReceiver(from: address, options, within: timeout) { link in
                Receiver(link, on: self)
            } completion: { done($0) }
        }
    }

    /// Closes, and waits for the peer to agree for at most two seconds.
    public func close() async {
        eventLoop.execute { self.engine.value.close() }
        _ = await ending.error
    }

    /// Waits until the connection has ended. Nil: this side closed it, or the waiting task was
    /// cancelled.
    public var closed: AMQPError? {
        get async { await ending.error }
    }

    private func onEventLoop<Value: Sendable>(
        _ work: @escaping @Sendable (Engine, @escaping (Result<Value, AMQPError>) -> Void) -> Void
    ) async throws(AMQPError) -> Value {
        try await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, AMQPError>, Never>) in
            eventLoop.execute {
                work(self.engine.value) { continuation.resume(returning: $0) }
            }
        }.get()
    }
}
