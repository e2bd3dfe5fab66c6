import AMQP
import NIOCore
import NIOPosix
import Notifications
import Testing

@testable import Azure

@Suite("A server that is no topic")
struct EventGridConnectorTests {
    private func failure(
        port: Int, proxy: ProxySettings? = nil, answerTimeout: Duration = .seconds(60)
    ) async throws -> EndpointFailure? {
        let topic = try EventGridTopic(parsing: proxy == nil ? "http://127.0.0.1:\(port)" : "https://topic.example.net")
        var limits = EventGridLimits()
        limits.answerTimeout = answerTimeout
        let connector = EventGridConnector(
            topic: topic, credential: EventGridCredential(.key, key: Secret("a2V5"), topic: topic),
            writer: EventGridEventWriter(), limits: limits, proxy: proxy, group: NIOSingletons.posixEventLoopGroup)
        do throws(EndpointFailure) {
            let session = try await connector.connect(onProgress: { _ in }, onReports: { _ in [] })
            await session.close()
            return nil
        } catch {
            return error
        }
    }

    @Test("and never answers is given up in time")
    func silence() async throws {
        let server = try await SilentServer()
        let failure = try #require(try await failure(port: server.port, answerTimeout: .milliseconds(100)))
        #expect((failure.kind, failure.condition) == (.timedOut, "timeout:answer"))
        try await server.close()
    }

    @Test("and falls silent within its answer is given up in time", arguments: ["half", ""])
    func halfAnAnswer(_ body: String) async throws {
        let server = try await SilentServer(saying: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + body)
        let failure = try #require(try await failure(port: server.port, answerTimeout: .milliseconds(100)))
        #expect((failure.kind, failure.condition) == (.timedOut, "timeout:answer"))
        try await server.close()
    }

    @Test(
        "and answers with garbage, half an answer or nothing is asked again",
        arguments: ["garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", ""])
    func garbage(_ words: String) async throws {
        let server = try await SilentServer(saying: words, closing: true)
        let failure = try #require(try await failure(port: server.port))
        #expect((failure.kind, failure.condition) == (.transient, "connection-lost"))
        try await server.close()
    }

    @Test(
        "and is a proxy: what it refuses is said to be its doing",
        arguments: [
            ("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "login"),
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "443"),
        ])
    func refusingProxy(words: String, remedy: String) async throws {
        let server = try await SilentServer(saying: words)
        let proxy = ProxySettings(host: "127.0.0.1", port: server.port, login: .init(user: "u", password: "p"))
        let failure = try #require(try await failure(port: 0, proxy: proxy))
        #expect((failure.kind, failure.condition) == (.transient, "proxy"))
        #expect(failure.detail.contains(remedy))
        try await server.close()
    }
}
