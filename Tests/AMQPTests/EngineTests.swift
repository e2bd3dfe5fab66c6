import AMQPCodec
import NIOCore
import NIOEmbedded
import Testing

@testable import AMQP

/// Two engines back to back, with a clock of the test's own.
@Suite struct EngineTests {
    private final class Owner: EngineOwner {
        var opened = 0
        var ended: [AMQPError?] = []

        func engineOpened(_ engine: Engine) {
            opened += 1
            if engine.settings.isServer { openConnection(engine) }
        }
        func engine(_ engine: Engine, peerAttached pointer: OpaquePointer) {}
        func engine(_ engine: Engine, creditChangedOn link: SendingLink) {}
        func engineEnded(_ engine: Engine, error: AMQPError?) { ended.append(error) }
        private func openConnection(_ engine: Engine) { engine.open() }
    }

    private struct Pair {
        let client = EmbeddedChannel()
        let server = EmbeddedChannel()
        let clientOwner = Owner()
        let serverOwner = Owner()

        init(clientIdle: Duration?, serverIdle: Duration?) throws {
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
            try client.pipeline.syncOperations.addHandler(Engine(
                Self.settings(.client(.anonymous), idle: clientIdle), owner: clientOwner, eventLoop: client.eventLoop))
            try server.pipeline.syncOperations.addHandler(Engine(
                Self.settings(.server([.anonymous], isRequired: false, decide: { _ in true }), idle: serverIdle),
                owner: serverOwner, eventLoop: server.eventLoop))
            client.connect(to: address, promise: nil)
            server.connect(to: address, promise: nil)
        }

        static func settings(_ sasl: EngineSettings.SASL, idle: Duration?) -> EngineSettings {
            EngineSettings(
                sasl: sasl, containerID: "c", hostname: nil, maxFrameSize: 65536, idleTimeout: idle,
                openTimeout: .seconds(10), properties: AMQPMap())
        }

        /// Carries bytes both ways until there are none. Returns how many went.
        @discardableResult
        func exchange() throws -> Int {
            var count = 0
            var moved = true
            while moved {
                moved = false
                while client.isActive, server.isActive, let buffer = try client.readOutbound(as: ByteBuffer.self) {
                    (moved, count) = (true, count + buffer.readableBytes)
                    try server.writeInbound(buffer)
                }
                while client.isActive, server.isActive, let buffer = try server.readOutbound(as: ByteBuffer.self) {
                    (moved, count) = (true, count + buffer.readableBytes)
                    try client.writeInbound(buffer)
                }
            }
            return count
        }

        func advance(_ time: TimeAmount) {
            client.embeddedEventLoop.advanceTime(by: time)
            server.embeddedEventLoop.advanceTime(by: time)
        }
    }

    @Test func twoEnginesOpen() throws {
        let pair = try Pair(clientIdle: nil, serverIdle: nil)
        try pair.exchange()
        #expect(pair.clientOwner.opened == 1)
        #expect(pair.serverOwner.opened == 1)
        _ = try? pair.client.finish()
        _ = try? pair.server.finish()
    }

    @Test func aSilentPeerIsGivenUpAfterTheIdleTimeout() throws {
        let pair = try Pair(clientIdle: .seconds(4), serverIdle: nil)
        try pair.exchange()
        pair.client.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(pair.clientOwner.ended.isEmpty)
        pair.client.embeddedEventLoop.advanceTime(by: .seconds(6))
        #expect(pair.clientOwner.ended == [.idleTimeout])
        _ = try? pair.server.finish()
    }

    @Test func emptyFramesKeepTheConnectionAlive() throws {
        let pair = try Pair(clientIdle: .seconds(4), serverIdle: .seconds(4))
        try pair.exchange()
        var bytes = 0
        for _ in 0..<60 {
            pair.advance(.milliseconds(500))
            bytes += try pair.exchange()
        }
        #expect(pair.clientOwner.ended.isEmpty)
        #expect(pair.serverOwner.ended.isEmpty)
        #expect(bytes > 0)
        _ = try? pair.client.finish()
        _ = try? pair.server.finish()
    }

    @Test func aPeerThatNeverOpensTimesOut() throws {
        let pair = try Pair(clientIdle: nil, serverIdle: nil)
        pair.server.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(pair.serverOwner.ended == [.timedOut(.open, after: .seconds(10))])
        _ = try? pair.client.finish()
    }
}
