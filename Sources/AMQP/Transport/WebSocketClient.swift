import NIOCore
import NIOHTTP1
import NIOWebSocket

extension ChannelPipeline.SynchronousOperations {
    /// Asks for the upgrade that AMQP over WebSocket begins with.
    ///
    /// - Parameters:
    ///   - answered: gets the head of the answer that agrees.
    ///   - upgraded: adds what is to get the bytes of AMQP.
    func startWebSocket(
        host: String, in channel: any Channel, answered: @escaping (HTTPResponseHead) -> Void = { _ in },
        upgraded: @escaping () throws -> Void
    ) throws {
        let asker = WebSocketAsker(host: host)
        let bound = NIOLoopBound((upgraded, asker, answered), eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketClientUpgrader(
            maxFrameSize: WebSocketBytes.maximumFrameSize,
            upgradePipelineHandler: { (channel: any Channel, head: HTTPResponseHead) -> EventLoopFuture<Void> in
                channel.eventLoop.makeCompletedFuture {
                    bound.value.2(head)
                    try channel.pipeline.syncOperations.addHandler(WebSocketBytes(masks: true))
                    try bound.value.0()
                }
            })
        try addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes,
            withClientUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(bound.value.1, promise: nil)
                }
            ))
        try addHandler(asker)
    }
}

/// Sends the request, and hears the answer where it is no upgrade.
final class WebSocketAsker: AskingHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let host: String
    var hasAsked = false

    /// - Parameter host: with the port, where that is not the scheme's.
    init(host: String) {
        self.host = host
    }

    func ask(_ context: ChannelHandlerContext) {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: WebSocketTransport.path,
            headers: ["Host": host, "Sec-WebSocket-Protocol": WebSocketTransport.subprotocol])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        context.fireErrorCaught(
            AMQPError.transportRefused(.webSocket, status: Int(head.status.code), reason: head.status.reasonPhrase))
    }
}
