import AMQP
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

/// What a broken or hostile peer sends ends its connection with an error, and nothing else.
@Suite(.timeLimit(.minutes(5)))
struct HostilePeerTests {
    /// Sends bytes, and collects what comes back until the peer closes.
    private func exchange(_ bytes: [UInt8], with port: Int, closesAfter: Bool = false) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: false)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            if closesAfter { return [] }
            var answer: [UInt8] = []
            do {
                for try await buffer in inbound { answer += Array(buffer.readableBytesView) }
            } catch is IOError {
                // A reset ends it just as well.
            }
            return answer
        }
    }

    private static let saslAnonymous: [UInt8] = [0x41, 0x4D, 0x51, 0x50, 3, 1, 0, 0]
        + FrameBuilder.frame(type: 1, FrameBuilder.list8(0x41, [[0xA3, 9] + Array("ANONYMOUS".utf8)]))
    private static let open = FrameBuilder.header + FrameBuilder.open(maxFrameSize: 4096)
    private static let begin = FrameBuilder.frame(FrameBuilder.list8(
        0x11, [[0x40], [0x43], FrameBuilder.uint(100), FrameBuilder.uint(100)]))
    private static let target = FrameBuilder.list8(0x29, [FrameBuilder.string("q")])
    private static let source = FrameBuilder.list8(0x28, [FrameBuilder.string("q")])
    private static func attach(isReceiver: Bool) -> [UInt8] {
        FrameBuilder.frame(FrameBuilder.list8(0x12, [
            FrameBuilder.string("link"), [0x43], [isReceiver ? 0x41 : 0x42], [0x40], [0x40], source, target, [0x40], [0x40],
            [0x43],
        ]))
    }

    private static let hostile: [[UInt8]] = [
        Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
        [UInt8](repeating: 0, count: 100),
        [UInt8](repeating: 0xFF, count: 100),
        FrameBuilder.header + [0, 0, 0, 4, 2, 0, 0, 0],
        open + [0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0],
        open + FrameBuilder.frame([0x00, 0x53, 0x99, 0x45]),
        open + FrameBuilder.transfer(),
        open + begin + FrameBuilder.transfer(),
        open + begin + attach(isReceiver: true) + FrameBuilder.transfer(payload: [1]),
        open + begin + attach(isReceiver: false) + FrameBuilder.transfer(id: nil, more: true),
        open + begin + attach(isReceiver: false) + attach(isReceiver: false),
        open + FrameBuilder.frame(FrameBuilder.list8(0x18, [FrameBuilder.list8(0x1D, [[0xA3, 3] + Array("a:b".utf8)])])),
    ]

    @Test(arguments: hostile.indices)
    func theConnectionEndsWithAnError(index: Int) async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            _ = try await exchange(Self.hostile[index], with: listener.port)
            let ended = peer.closed.elements.compactMap { $0 } + peer.failed.elements
            if ended.isEmpty {
                // The report and the closed socket come from another thread.
                await peer.closed.wait { !$0.compactMap { $0 }.isEmpty }
            }
            // The listener serves on.
            let connection = try await connect(.test(port: listener.port))
            let sender = try await connection.openSender(to: "q") { _ in }
            #expect(try await sender.send([1]) == .accepted)
            await connection.close()
        }
    }

    @Test func anEndAtAnyByteIsAnError() async throws {
        let peer = TestPeer()
        let bytes = Self.saslAnonymous + Self.open + Self.begin + Self.attach(isReceiver: false)
            + FrameBuilder.transfer(more: true, payload: [1, 2, 3]) + FrameBuilder.transfer(id: 0, payload: [4])
        try await withListener(peer) { listener in
            let cuts = Array(stride(from: 1, to: bytes.count, by: 5))
            for cut in cuts {
                _ = try await exchange(Array(bytes[..<cut]), with: listener.port, closesAfter: true)
            }
            let connection = try await connect(.test(port: listener.port))
            await connection.close()
        }
    }

    @Test func aServerOfGarbageIsAnErrorForTheClient() async throws {
        for answer in [Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [UInt8](repeating: 0, count: 50)] {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Greeter(answer))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let error = await connectError(.test(port: server.localAddress?.port ?? 0))
            switch error {
            case .protocolViolation?, .connectionLost?, .authenticationRefused?: break
            default: Issue.record("\(String(describing: error))")
            }
            try await server.close().get()
        }
    }

    @Test func aSilentServerTimesOut() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let limit = Duration.seconds(1)
        #expect(await connectError(.test(port: server.localAddress?.port ?? 0) { $0.connectTimeout = limit })
            == .timedOut(.open, after: limit))
        let secure = await connectError(.test(port: server.localAddress?.port ?? 0) {
            $0.connectTimeout = limit
            $0.tls = TLSSettings()
        })
        #expect(secure == .timedOut(.tlsHandshake, after: limit))
        try await server.close().get()
    }
}

/// Says the same to everyone who connects.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let greeting: [UInt8]

    init(_ greeting: [UInt8]) {
        self.greeting = greeting
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: greeting)), promise: nil)
    }
}
