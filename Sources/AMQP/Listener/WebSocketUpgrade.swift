import NIOCore
import NIOHTTP1
import NIOWebSocket

extension ChannelPipeline.SynchronousOperations {
    /// Answers the upgrade request that AMQP over WebSocket begins with; the engine takes over then.
    func configureWebSocket(in channel: any Channel, behind engine: Engine) throws {
        let bound = NIOLoopBound(engine, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: WebSocketBytes.maximumFrameSize,
            shouldUpgrade: { channel, head in
                let answer = WebSocketRequest.answer(to: head)
                return channel.eventLoop.makeSucceededFuture(answer)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WebSocketBytes())
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            })
        let refusal = NIOLoopBound(WebSocketRefusal(), eventLoop: channel.eventLoop)
        try configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(refusal.value, promise: nil)
                }
            ), withErrorHandling: true)
        try addHandler(refusal.value)
    }
}

/// Which requests are upgraded.
enum WebSocketRequest {
    static let path = "/$servicebus/websocket"

    /// The answer's own fields; nil turns the request down.
    static func answer(to head: HTTPRequestHead) -> HTTPHeaders? {
        let path = head.uri.prefix { $0 != "?" }
        guard path.lowercased() == self.path || path.lowercased() == self.path + "/" || path == "/" else { return nil }
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"].map { $0.lowercased() }
        guard let wanted = ["amqpwsb10", "amqp"].first(where: { offered.contains($0) }) else { return nil }
        return ["Sec-WebSocket-Protocol": wanted == "amqp" ? "amqp" : "AMQPWSB10"]
    }
}

/// Answers what is no upgrade to AMQP.
final class WebSocketRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(
            version: .http1_1, status: .badRequest, headers: ["content-length": "0", "connection": "close"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}

/// The bytes of AMQP in binary WebSocket frames (RFC 6455), whose borders mean nothing.
final class WebSocketBytes: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    static let maximumFrameSize = 4 << 20

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .continuation:
            context.fireChannelRead(wrapInboundOut(frame.unmaskedData))
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            let close = WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(close), promise: nil)
            context.close(promise: nil)
        default:
            break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        guard bytes.readableBytes > 0 else {
            // Somebody waits for what was written before.
            return context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: bytes)), promise: promise)
        }
        context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .binary, data: bytes)), promise: promise)
    }
}
