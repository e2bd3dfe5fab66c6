import NIOCore
import NIOPosix

/// Takes connections, and says the same to whatever comes: nothing, with no words.
final class SilentServer: Sendable {
    let channel: any Channel

    init(saying words: String = "", closing: Bool = false) async throws {
        channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Speaker(words: words, closes: closing))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    func close() async throws {
        try await channel.close()
    }

    private final class Speaker: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let words: String
        private let closes: Bool
        private var hasSpoken = false

        init(words: String, closes: Bool) {
            self.words = words
            self.closes = closes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasSpoken else { return }
            hasSpoken = true
            if !words.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: words)), promise: nil) }
            if closes { context.close(promise: nil) }
        }
    }
}
