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
                    try channel.pipeline.syncOperations.addHandler(WebSocketBytes(masks: false))
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
    /// The answer's own fields; nil turns the request down.
    static func answer(to head: HTTPRequestHead) -> HTTPHeaders? {
        let path = head.uri.prefix { $0 != "?" }
        guard path.lowercased() == WebSocketTransport.path || path.lowercased() == WebSocketTransport.path + "/" || path == "/" else { return nil }
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
