import NIOCore
import NIOPosix
import Signing
import Testing

@testable import AMQP

@Suite("WebSockets and proxies", .timeLimit(.minutes(5)))
struct TransportTests {
    private func sends(_ configuration: ConnectionConfiguration) async throws {
        let connection = try await connect(configuration)
        let sender = try await connection.openSender(to: "q") { _ in }
        #expect(try await sender.send([UInt8](repeating: 7, count: 300_000)) == .accepted)
        await connection.close()
    }

    private func withCertificates(_ body: (Certificates) async throws -> Void) async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        try await body(certificates)
    }

    private func withProxy(login: String? = nil, answer: String? = nil, _ body: (TestProxy) async throws -> Void) async throws {
        let proxy = try await TestProxy.start(login: login, answer: answer)
        do { try await body(proxy) } catch {
            await proxy.close()
            throw error
        }
        await proxy.close()
    }

    @Test("AMQP goes over a WebSocket, with and without TLS, and the certificate is checked there too")
    func webSocket() async throws {
        try await withListener(TestPeer(), .test { $0.usesWebSocket = true }) { listener in
            try await sends(.test(port: listener.port) { $0.usesWebSocket = true })
        }
        try await withCertificates { certificates in
            try await withListener(TestPeer(), .secureWebSocket(certificates)) { listener in
                let right = ConnectionConfiguration.secureWebSocket(port: listener.port, certificates)
                try await sends(right)
                var other = right
                other.tls = TLSSettings(authorities: [certificates.otherAuthority])
                guard case .tlsFailed? = await connectError(other) else {
                    Issue.record("a certificate of nobody's was believed")
                    return
                }
                other.tls = TLSSettings(authorities: [certificates.authority], serverName: "wrong.example.net")
                guard case .tlsFailed? = await connectError(other) else {
                    Issue.record("a certificate for another host was believed")
                    return
                }
            }
        }
    }

    @Test("a far side that takes no WebSocket is an error of its own, in a bounded time")
    func noWebSocket() async throws {
        try await withProxy(answer: "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") { server in
            let error = await connectError(.test(port: server.port) { $0.usesWebSocket = true })
            #expect(error == .transportRefused(.webSocket, status: 404, reason: "Not Found"))
            #expect(server.heads[0].hasPrefix("GET /$servicebus/websocket HTTP/1.1\r\n"))
            #expect(server.heads[0].contains("Sec-WebSocket-Protocol: AMQPWSB10\r\n"))
        }
        try await withProxy(answer: "") { server in
            let error = await connectError(.test(port: server.port) {
                $0.usesWebSocket = true
                $0.connectTimeout = .milliseconds(100)
            })
            #expect(error == .timedOut(.webSocket, after: .milliseconds(100)))
        }
    }

    @Test("goes through a proxy, with and without a login, TLS from end to end")
    func proxy() async throws {
        try await withProxy { proxy in
            try await withListener(TestPeer()) { listener in
                try await sends(.test(port: listener.port) { $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port) })
                #expect(proxy.heads[0].hasPrefix("CONNECT 127.0.0.1:\(listener.port) HTTP/1.1\r\n"))
            }
        }
        try await withCertificates { certificates in
            try await withProxy(login: "dXNlcjpwOnc=") { proxy in
                try await withListener(TestPeer(), .secureWebSocket(certificates)) { listener in
                    var right = ConnectionConfiguration.secureWebSocket(port: listener.port, certificates)
                    right.proxy = ProxySettings(
                        host: "127.0.0.1", port: proxy.port, login: ProxySettings.Login(user: "user", password: "p:w"))
                    try await sends(right)
                    var other = right
                    other.tls?.serverName = "wrong.example.net"
                    guard case .tlsFailed? = await connectError(other) else {
                        Issue.record("a certificate for another host was believed")
                        return
                    }
                    other = right
                    other.proxy?.login = nil
                    guard case .transportRefused(.proxy, 407, _)? = await connectError(other) else {
                        Issue.record("no 407")
                        return
                    }
                }
            }
        }
    }

    @Test("a proxy that refuses, says nothing or talks nonsense is an error of its own, in a bounded time")
    func badProxy() async throws {
        func error(_ answer: String, within limit: Duration = .seconds(10)) async throws -> AMQPError? {
            var error: AMQPError?
            try await withProxy(answer: answer) { proxy in
                error = await connectError(.test(port: 5672) {
                    $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port)
                    $0.connectTimeout = limit
                })
            }
            return error
        }
        #expect(try await error("HTTP/1.1 403 Forbidden\r\n\r\n") == .transportRefused(.proxy, status: 403, reason: "Forbidden"))
        #expect(try await error("SSH-2.0-x\r\n\r\n") == .transportRefused(.proxy, status: 0, reason: "that is no HTTP"))
        #expect(try await error(String(repeating: "x", count: 20_000))
            == .transportRefused(.proxy, status: 0, reason: "the answer has no end"))
        #expect(try await error("", within: .milliseconds(300)) == .timedOut(.proxy, after: .milliseconds(300)))
        // Nobody listens on tcpmux.
        guard case .connectFailed("127.0.0.1", 1, _)? = await connectError(.test(port: 5672) {
            $0.proxy = ProxySettings(host: "127.0.0.1", port: 1)
        }) else {
            Issue.record("not connectFailed")
            return
        }
    }

    @Test("base64 has the padding of RFC 4648")
    func base64() {
        #expect(["", "f", "fo", "foo", "foob", "fooba", "foobar"].map { Signature.base64(Array($0.utf8)) }
            == ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"])
    }

    @Test("a proxy's password is not shown")
    func secrets() {
        let proxy = ProxySettings(host: "h", port: 1, login: ProxySettings.Login(user: "u", password: "hunter2"))
        #expect(!"\(proxy)".contains("hunter2") && !String(reflecting: proxy).contains("hunter2"))
    }
}
