import NIOCore
import NIOPosix
import Synchronization

/// A proxy that makes tunnels, where the request has the right login.
final class TestProxy: Sendable {
    private let channel: any Channel
    private let log: Log

    var port: Int { channel.localAddress?.port ?? 0 }

    private init(_ channel: any Channel, _ log: Log) {
        self.channel = channel
        self.log = log
    }

    final class Log: Sendable {
        let heads = Mutex<[String]>([])
    }

    /// The requests that came.
    var heads: [String] { log.heads.withLock { $0 } }

    /// - Parameter answer: what is said instead of making a tunnel.
    static func start(login: String? = nil, answer: String? = nil) async throws -> TestProxy {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Front(login: login, answer: answer, log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TestProxy(channel, log)
    }

    func close() async { try? await channel.close().get() }
}

/// The client's side of a tunnel.
private final class Front: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let login: String?
    private let answer: String?
    private let log: TestProxy.Log
    private var head = ""
    private var back: (any Channel)?

    init(login: String?, answer: String?, log: TestProxy.Log) {
        self.login = login
        self.answer = answer
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if let back { return back.writeAndFlush(bytes, promise: nil) }
        head += String(buffer: bytes)
        guard head.hasSuffix("\r\n\r\n") else { return }
        let head = head
        log.heads.withLock { $0.append(head) }
        if let answer { return say(context, answer) }
        if let login, !head.contains("Proxy-Authorization: Basic \(login)\r\n") {
            return say(context, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        }
        connect(context, head.split(separator: " ")[1])
    }

    private func connect(_ context: ChannelHandlerContext, _ target: Substring) {
        guard let port = Int(target.split(separator: ":").last ?? "") else { return context.close(promise: nil) }
        let front = context.channel
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Back(front)) }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                let (front, context) = bound.value
                guard case .success(let channel) = result else {
                    return front.say(context, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
                }
                front.back = channel
                front.say(context, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            }
    }

    private func say(_ context: ChannelHandlerContext, _ text: String) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { back?.close(promise: nil) }
}

/// The far side of a tunnel.
private final class Back: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let front: any Channel

    init(_ front: any Channel) {
        self.front = front
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { front.writeAndFlush(unwrapInboundIn(data), promise: nil) }
    func channelInactive(context: ChannelHandlerContext) { front.close(promise: nil) }
}
