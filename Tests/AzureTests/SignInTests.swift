import AMQP
import AMQPCodec
import Logging
import NIOCore
import NIOPosix
import Notifications
import Testing

@testable import Azure
@testable import LocalNamespace

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A namespace with one rule that has two keys.
func withNamespace(
    _ change: (inout NamespaceConfiguration) -> Void = { _ in }, _ body: (LocalNamespace) async throws -> Void
) async throws {
    var configuration = NamespaceConfiguration(
        rules: [AccessRule(name: "rule", primaryKey: "first=", secondaryKey: "second=")])
    change(&configuration)
    let namespace = try await LocalNamespace.start(configuration, on: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    do {
        try await body(namespace)
    } catch {
        await namespace.close()
        throw error
    }
    await namespace.close()
}

extension AMQPEndpointConnector {
    static func test(_ port: Int, _ source: (any TokenSource)?, entity: String = "hub") -> AMQPEndpointConnector {
        AMQPEndpointConnector(
            connection: ConnectionConfiguration(host: "127.0.0.1", port: port, containerID: "test"), address: entity,
            signIn: source.map { TokenSignIn(source: $0, audience: "sb://127.0.0.1/\(entity)") }, writer: AMQPMessageWriter(),
            group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    }

    /// What a try to connect fails with.
    func failure() async -> EndpointFailure? {
        do throws(EndpointFailure) {
            let session = try await connect(onProgress: { _ in }, onReports: { _ in [] })
            await session.close()
            return nil
        } catch {
            return error
        }
    }
}

@Suite("Signing in", .timeLimit(.minutes(5)))
struct SignInTests {
    private func key(_ key: String, name: String = "rule", at now: Int64? = nil) -> SharedAccessKeyTokens {
        SharedAccessKeyTokens(name: name, key: Secret(key), now: { now ?? UnixTime.now })
    }

    @Test("with either key, and with a signature that was given")
    func right() async throws {
        try await withNamespace { namespace in
            #expect(await AMQPEndpointConnector.test(namespace.port, key("first=")).failure() == nil)
            #expect(await AMQPEndpointConnector.test(namespace.port, key("second=")).failure() == nil)
            let given = GivenSignature(key("first=").token(for: "sb://anything/hub").text)
            #expect(await AMQPEndpointConnector.test(namespace.port, given).failure() == nil)
            #expect(await namespace.statistics.tokens == 3)
        }
    }

    @Test("fails as unauthorized with a wrong key or name, a token that is over, or one for something else")
    func wrong() async throws {
        try await withNamespace { namespace in
            let old = GivenSignature(key("first=", at: UnixTime.now - 7200).token(for: "sb://h/hub").text)
            let other = GivenSignature(key("first=").token(for: "sb://h/other").text)
            for source: any TokenSource in [key("third="), key("first=", name: "nobody"), old, other] {
                let failure = await AMQPEndpointConnector.test(namespace.port, source).failure()
                #expect(failure?.kind == .unauthorized && failure?.condition == "amqp:unauthorized-access")
                #expect(failure?.detail.contains("check the rule's name and key") == true)
                #expect(failure?.detail.contains("third=") == false)
            }
            // Nothing at all: the link is refused.
            #expect(await AMQPEndpointConnector.test(namespace.port, nil).failure()?.kind == .unauthorized)
        }
    }

    @Test("a connection without a token is dropped")
    func noToken() async throws {
        try await withNamespace({ $0.tokenLimit = 50 }) { namespace in
            let connection = try await Connection.connect(
                ConnectionConfiguration(host: "127.0.0.1", port: namespace.port, containerID: "idle"),
                on: MultiThreadedEventLoopGroup.singleton, logger: quiet)
            #expect(await connection.closed?.condition?.condition == "amqp:connection:forced")
        }
    }

    @Test("a connection that has its token in time stays")
    func tokenInTime() async throws {
        try await withNamespace({ $0.tokenLimit = 20_000 }) { namespace in
            let connector = AMQPEndpointConnector.test(namespace.port, key("first="))
            let session = try await connector.connect(onProgress: { _ in }, onReports: { _ in [] })
            // As long as the namespace waits for the other one's token, which comes later.
            let silent = try await Connection.connect(
                ConnectionConfiguration(host: "127.0.0.1", port: namespace.port, containerID: "idle"),
                on: MultiThreadedEventLoopGroup.singleton, logger: quiet)
            _ = await silent.closed
            #expect(try await session.adopt(AMQPEndpointConnector.test(namespace.port, key("second="))))
            await session.close()
        }
    }

    @Test("another key goes on the connection that is there; a wrong one changes nothing")
    func adoption() async throws {
        try await withNamespace { namespace in
            let session = try await AMQPEndpointConnector.test(namespace.port, key("first="))
                .connect(onProgress: { _ in }, onReports: { _ in [] })
            await #expect {
                _ = try await session.adopt(AMQPEndpointConnector.test(namespace.port, key("third=")))
            } throws: { ($0 as? EndpointFailure)?.kind == .unauthorized }
            #expect(try await session.adopt(AMQPEndpointConnector.test(namespace.port, key("second="))))
            // Another place, and a key that goes by SASL, take a new session.
            #expect(try await !session.adopt(AMQPEndpointConnector.test(namespace.port, key("second="), entity: "other")))
            #expect(try await !session.adopt(AMQPEndpointConnector.test(namespace.port, nil)))
            #expect(await namespace.statistics == NamespaceStatistics(connections: 1, tokens: 2))
            await session.close()
        }
    }

    @Test("an answer's status says what kind of failure it is")
    func answers() throws {
        func failure(_ status: AMQPValue, _ condition: String? = nil) throws -> EndpointFailure {
            var properties: AMQPMap = [.string("status-code"): status, .string("status-description"): .string("text")]
            if let condition { properties.append(.string("error-condition"), .symbol(condition)) }
            return try #require(TokenAnswer(AMQPMessage(applicationProperties: properties))).failure()
        }
        #expect(try failure(.int(401)).kind == .unauthorized && failure(.int(401)).condition == "cbs:401")
        #expect(try failure(.long(404), "amqp:not-found").kind == .gone)
        #expect(try failure(.int(404), "amqp:not-found").condition == "amqp:not-found")
        #expect(try failure(.int(503)).kind == .throttled && failure(.int(500)).kind == .transient)
        #expect(TokenAnswer(AMQPMessage()) == nil)
    }

    @Test("a far side that does not answer is given up")
    func silence() async throws {
        let peer = SilentPeer()
        let listener = try await Listener.bind(
            ListenerConfiguration(containerID: "silent"), delegate: peer, on: MultiThreadedEventLoopGroup.singleton,
            logger: quiet)
        let connection = try await Connection.connect(
            ConnectionConfiguration(host: "127.0.0.1", port: listener.port, containerID: "test"),
            on: MultiThreadedEventLoopGroup.singleton, logger: quiet)
        let client = TokenClient(connection: connection, limit: .milliseconds(50))
        await #expect {
            try await client.put(key("k").token(for: "sb://h/e"), for: "sb://h/e")
        } throws: {
            let failure = $0 as? EndpointFailure
            return failure?.condition == "timeout:token" && failure?.kind == .timedOut
        }
        await connection.close()
        await listener.close()
    }
}

/// Takes all links and messages, and says nothing.
private final class SilentPeer: ListenerDelegate {
    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision { .accept() }
    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision { .settle(.accepted) }
}
