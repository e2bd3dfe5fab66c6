import NIOPosix
import Testing

@testable import AMQP

@Suite("The way to a far side, stage by stage", .timeLimit(.minutes(5)))
struct TransportProbeTests {
    private func probe(_ configuration: ConnectionConfiguration) async -> TransportProbe {
        await TransportProbe.run(configuration, on: MultiThreadedEventLoopGroup.singleton)
    }

    @Test("passes TCP, TLS and WebSocket, and shows the certificates of who is not believed too")
    func stages() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        try await withListener(TestPeer(), .secureWebSocket(certificates)) { listener in
            var configuration = ConnectionConfiguration.secureWebSocket(port: listener.port, certificates)
            let fine = await probe(configuration)
            #expect(fine.failure == nil)
            #expect(fine.passed.map(\.stage) == [.tcp, .tls, .webSocket])

            configuration.tls = TLSSettings(authorities: [certificates.otherAuthority])
            let unknown = await probe(configuration)
            #expect(unknown.passed.map(\.stage) == [.tcp])
            #expect(unknown.failure?.stage == .tls)
            let shown = await TransportProbe.certificates(configuration, on: MultiThreadedEventLoopGroup.singleton)
            let leaf = try #require(shown.first)
            #expect(leaf.names == ["localhost", "127.0.0.1"])
            #expect(leaf.notAfter - leaf.notBefore == 2 * 86_400)

            configuration.tls = TLSSettings(authorities: [certificates.authority], serverName: "wrong.example.net")
            #expect(await probe(configuration).failure?.stage == .tls)
        }
    }

    @Test("goes through a proxy as a connection does, and says when that refuses or is silent")
    func proxies() async throws {
        try await withListener(TestPeer(), .test()) { listener in
            func through(_ answer: String?, limit: Duration = .seconds(10)) async throws -> TransportProbe {
                let proxy = try await TestProxy.start(login: nil, answer: answer)
                let found = await probe(.test(port: listener.port) {
                    $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port)
                    $0.connectTimeout = limit
                })
                await proxy.close()
                return found
            }
            #expect(try await through(nil).passed.map(\.stage) == [.tcp, .proxy])
            let refused = try await through("HTTP/1.1 403 Forbidden\r\n\r\n")
            #expect(refused.failure?.stage == .proxy)
            #expect(refused.failure?.error == .transportRefused(.proxy, status: 403, reason: "Forbidden"))
            let silent = try await through("", limit: .milliseconds(100))
            #expect(silent.failure?.error == .timedOut(.proxy, after: .milliseconds(100)))
        }
    }

    @Test("a port where nobody listens fails at TCP")
    func nobody() async {
        let found = await probe(.test(port: 1))
        #expect(found.passed.isEmpty)
        #expect(found.failure?.stage == .tcp)
    }
}
