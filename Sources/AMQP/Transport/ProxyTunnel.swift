import NIOCore
import Signing

/// Asks a proxy for a tunnel; what comes behind the answer's head is the far side's.
final class ProxyTunnel: AskingHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let maximumHeadSize = 16 << 10

    private let request: String
    private let opened: () throws -> Void
    private var head = ByteBuffer()
    private var isOver = false
    var hasAsked = false

    /// - Parameters:
    ///   - target: `host:port` of the far side.
    ///   - opened: adds what is to use the tunnel, behind this handler.
    init(to target: String, login: ProxySettings.Login?, opened: @escaping () throws -> Void) {
        var request = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n"
        if let login {
            request += "Proxy-Authorization: Basic \(Signature.base64(Array("\(login.user):\(login.password)".utf8)))\r\n"
        }
        self.request = request + "\r\n"
        self.opened = opened
    }

    func ask(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return context.fireChannelRead(data) }
        head.writeImmutableBuffer(unwrapInboundIn(data))
        guard let end = endOfHead else {
            if head.readableBytes > Self.maximumHeadSize { refuse(context, 0, "the answer has no end") }
            return
        }
        let text = String(decoding: head.readSlice(length: end)?.readableBytesView ?? ByteBufferView(), as: UTF8.self)
        let line = text.prefix { $0 != "\r\n" && $0 != "\n" }.split(separator: " ", maxSplits: 2)
        guard let version = line.first, version.hasPrefix("HTTP/1."), line.count > 1, let status = Int(line[1]) else {
            return refuse(context, 0, "that is no HTTP")
        }
        guard (200..<300).contains(status) else {
            return refuse(context, status, line.count > 2 ? String(line[2].prefix(100)) : "")
        }
        isOver = true
        do {
            try opened()
        } catch {
            return context.fireErrorCaught(error)
        }
        if head.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(head)) }
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext, _ status: Int, _ reason: String) {
        isOver = true
        context.fireErrorCaught(AMQPError.transportRefused(.proxy, status: status, reason: reason))
        context.close(promise: nil)
    }

    private var endOfHead: Int? {
        let bytes = head.readableBytesView
        var index = bytes.startIndex
        while let feed = bytes[index...].firstIndex(of: 0x0A) {
            let next = bytes[(feed + 1)...]
            if next.first == 0x0A { return feed + 2 - bytes.startIndex }
            if next.starts(with: [0x0D, 0x0A]) { return feed + 3 - bytes.startIndex }
            index = feed + 1
        }
        return nil
    }
}
