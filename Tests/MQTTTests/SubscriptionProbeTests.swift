#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

import Testing

@testable import MQTT

@Suite("Asking a broker for subscriptions and leaving again", .timeLimit(.minutes(5)))
struct SubscriptionProbeTests {
    @Test("tells each answer, with the filter of a shared subscription and not its group")
    func answers() async throws {
        let broker = try await Mosquitto()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.subscriptions = [Subscription(filter: "a/+"), Subscription(filter: "$share/group/b/#")]
        let result = await SubscriptionProbe.run(configuration)
        #expect(result.failure == nil)
        #expect(result.connectedAfter != nil)
        #expect(result.answers.map(\.filter) == ["a/+", "b/#"])
        #expect(result.answers.map(\.code) == [0, 0])
    }

    @Test("leaves a connection of the same client id alone")
    func undisturbed() async throws {
        let broker = try await Mosquitto()
        let configuration = ConnectionConfiguration.test(port: broker.port)
        try await withConnection(configuration) { connection, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
            #expect(await SubscriptionProbe.run(configuration).failure == nil)
            #expect(connection.counters.connected == 1)
            #expect(connection.counters.failures.isEmpty)
        }
    }

    @Test("a broker that never answers, and none at all, fail within the limit")
    func silence() async throws {
        let closed = await SubscriptionProbe.run(.test(port: 1))
        #expect(closed.failure?.kind == .portClosed)
        let deaf = try LoopbackSocket.listen()
        defer { close(deaf) }
        var configuration = ConnectionConfiguration.test(port: try LoopbackSocket.port(of: deaf))
        configuration.connectTimeout = .milliseconds(200)
        let result = await SubscriptionProbe.run(configuration)
        #expect(result.connectedAfter == nil)
        #expect(result.failure?.kind == .connectTimeout)
    }
}
