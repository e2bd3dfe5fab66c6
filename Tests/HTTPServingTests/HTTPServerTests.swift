import HTTPServing
import Logging
import NIOPosix
import TestSupport
import Testing

@Suite("An HTTP server", .fewAtATime, .timeLimit(.minutes(5)))
struct HTTPServerTests {
    private let responder = TestResponder()

    private func withServer(
        _ change: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ body: (HTTPServer) async throws -> Void
    ) async throws {
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0, maximumBodyBytes: 1000)
        change(&configuration)
        let server = try await HTTPServer.start(
            configuration, responder: responder, on: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let result = await Result { try await body(server) }
        responder.release()
        await server.close()
        try result.get()
    }

    private func post(_ path: String, _ body: String, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    private let close = "connection: close\r\n"

    @Test("answers requests of one connection in order")
    func order() async throws {
        try await withServer { server in
            let client = try await RawClient(port: server.port)
            async let text = client.talk(post("/held", "abc") + post("/b?x=1", "") + post("/c", "four", close))
            await responder.isAsked(for: "/held")
            #expect(responder.asked == ["/held"])
            responder.release()
            let bodies = try await text.split(separator: "\r\n").filter { $0.contains(";") }
            #expect(bodies.joined().replacing("HTTP/1.1 200 OK", with: "") == "POST /held 3;POST /b 0;POST /c 4;")
        }
    }

    @Test("takes a body of the limit and none above it, however its length is said")
    func bodyLimit() async throws {
        try await withServer { server in
            let full = String(repeating: "x", count: 1000)
            #expect(try await RawClient(port: server.port).talk(post("/a", full, close)).contains("POST /a 1000;"))
            let said = try await RawClient(port: server.port).talk(post("/b", full + "x"))
            #expect(said.hasPrefix("HTTP/1.1 413 ") && said.contains("connection: close"))
            let head = "POST /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
            let chunked = try await RawClient(port: server.port).talk(head + "258\r\n\(full.prefix(600))\r\n258\r\n\(full.prefix(600))\r\n0\r\n\r\n")
            #expect(chunked.hasPrefix("HTTP/1.1 413 "))
            #expect(responder.asked == ["/a"])
        }
    }

    @Test("holds no more bytes of bodies than its limit, and takes more once they are answered")
    func heldBytes() async throws {
        try await withServer({ $0.maximumHeldBytes = 1500 }) { server in
            let body = String(repeating: "x", count: 1000)
            let held = try await RawClient(port: server.port)
            async let first = held.talk(post("/held", body, close))
            await responder.isAsked(for: "/held")
            #expect(try await RawClient(port: server.port).talk(post("/b", body)).hasPrefix("HTTP/1.1 503 "))
            #expect(try await RawClient(port: server.port).talk(post("/c", "small", close)).hasPrefix("HTTP/1.1 200 "))
            responder.release()
            #expect(try await first.contains("POST /held 1000;"))
            for _ in 0..<10 {
                #expect(try await RawClient(port: server.port).talk(post("/d", body, close)).hasPrefix("HTTP/1.1 200 "))
            }
        }
    }

    @Test("turns a request down by its head, before the body")
    func head() async throws {
        try await withServer { server in
            let head = "POST /refused HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n"
            let text = try await RawClient(port: server.port).talk([("", head), ("refused", "abc")])
            #expect(text.hasPrefix("HTTP/1.1 401 ") && text.hasSuffix("refused"))
            #expect(responder.asked.isEmpty)
        }
    }

    @Test("asks for the body of a client that waits to be asked")
    func expectContinue() async throws {
        try await withServer { server in
            let head = "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\(close)\r\n"
            let text = try await RawClient(port: server.port).talk([("", head), ("100 Continue", "abc")])
            #expect(text.contains("POST /a 3;"))
        }
    }

    @Test("answers HEAD without a body")
    func headMethod() async throws {
        try await withServer { server in
            let text = try await RawClient(port: server.port).talk("HEAD /a HTTP/1.1\r\nhost: x\r\n\(close)\r\n")
            #expect(text.contains("content-length: 10") && text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("answers what is no HTTP with 400 and lives on")
    func garbage() async throws {
        try await withServer { server in
            let answer = try await RawClient(port: server.port).talk("\u{1}\u{2} what\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            let long = "GET / HTTP/1.1\r\nx: \(String(repeating: "x", count: 200_000))\r\n\r\n"
            _ = try? await RawClient(port: server.port).talk(long)
            let next = try await RawClient(port: server.port).talk(post("/a", "b", close))
            #expect(next.contains("POST /a 1;"))
        }
    }

    @Test("closes connections beyond its limit")
    func connections() async throws {
        try await withServer({ $0.maximumConnections = 1 }) { server in
            let held = try await RawClient(port: server.port)
            async let first = held.talk(post("/held", "abc", close))
            await responder.isAsked(for: "/held")
            // Accepted and closed at once, which a client may see as a reset.
            #expect((try? await RawClient(port: server.port).talk(post("/b", ""))) ?? "" == "")
            responder.release()
            #expect(try await first.contains("POST /held 3;"))
            #expect(responder.asked == ["/held"])
        }
    }

    @Test("closes a connection on which nothing comes, but not one that waits for its answer")
    func idle() async throws {
        // Long enough for the request of `held` to come in on a machine that is busy with other tests: a
        // connection that is closed before it is never answered.
        try await withServer({ $0.idleLimit = .seconds(15) }) { server in
            let held = try await RawClient(port: server.port)
            async let first = held.talk(post("/held", "abc"))
            await responder.isAsked(for: "/held")
            let silent = try await RawClient(port: server.port).talk("")
            #expect(silent == "")
            responder.release()
            #expect(try await first.contains("POST /held 3;"))
        }
    }

    @Test("answers what is under way when it is told to end, and takes nothing more")
    func shutdown() async throws {
        try await withServer { server in
            let busy = try await RawClient(port: server.port)
            async let answer = busy.talk(post("/held", "abc"))
            async let silence = RawClient(port: server.port).talk("")
            await responder.isAsked(for: "/held")
            async let end: Void = server.close()
            #expect(try await silence == "")
            responder.release()
            #expect(try await answer.contains("POST /held 3;"))
            await end
            await #expect(throws: (any Error).self) { try await RawClient(port: server.port) }
        }
    }

    @Test("says which address is taken")
    func taken() async throws {
        try await withServer { server in
            let error = await #expect(throws: HTTPServerError.self) {
                try await withServer({ $0.port = server.port }) { _ in }
            }
            let words = "\(try #require(error))"
            #expect(words.contains("127.0.0.1:\(server.port)"))
        }
    }
}

extension Result where Failure == any Error, Success: Sendable {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
