import NIOCore
import NIOWebSocket

/// AMQP over WebSocket as Azure has it (reference 4.1).
enum WebSocketTransport {
    static let path = "/$servicebus/websocket"
    static let subprotocol = "AMQPWSB10"
}

/// The bytes of AMQP in binary WebSocket frames (RFC 6455), whose borders mean nothing.
final class WebSocketBytes: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    static let maximumFrameSize = 4 << 20

    private let masks: Bool

    /// - Parameter masks: as clients have to (RFC 6455, section 5.3).
    init(masks: Bool) {
        self.masks = masks
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .continuation:
            context.fireChannelRead(wrapInboundOut(frame.unmaskedData))
        case .ping:
            context.writeAndFlush(wrapOutboundOut(self.frame(.pong, frame.unmaskedData)), promise: nil)
        case .connectionClose:
            context.writeAndFlush(wrapOutboundOut(self.frame(.connectionClose, frame.unmaskedData)), promise: nil)
            context.close(promise: nil)
        default:
            break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        // Nothing at all: somebody waits for what was written before.
        context.write(wrapOutboundOut(frame(bytes.readableBytes > 0 ? .binary : .pong, bytes)), promise: promise)
    }

    private func frame(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: masks ? .random() : nil, data: bytes)
    }
}
