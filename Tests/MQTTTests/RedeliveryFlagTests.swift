import MQTT
import Testing

@Suite("The DUP flag", .timeLimit(.minutes(5)))
struct RedeliveryFlagTests {
    @Test(
        "messages that a connection begins with show it; from the first of QoS 1 without it on, none does",
        arguments: [ConnectionConfiguration.ProtocolVersion.v311, .v5])
    func flag(version: ConnectionConfiguration.ProtocolVersion) async throws {
        let broker = try FakeBroker()
        // A topic that looks like the library's own words must not confuse anybody.
        let topic = Array("Client bridge received PUBLISH (d1, q1".utf8)
        try await withConnection(.test(port: broker.port, version)) { _, recorder in
            let dialect = BrokerDialect(version: version)
            let first = try await broker.accept(version, sessionPresent: true, subscriptions: 1).peer
            // The first connect of a run subscribes even so.
            let subscribe = try await first.read()
            try await first.send(dialect.suback(id: subscribe.integer(at: 0), codes: [1]))
            for (id, duplicate) in [(7, true), (8, true), (nil, false), (9, true), (10, false), (11, true)] as [(UInt16?, Bool)] {
                try await first.send(dialect.publish(topic: topic, payload: [], id: id, duplicate: duplicate))
            }
            let messages = await recorder.acknowledge(6).map(\.message)
            #expect(messages.map(\.packetID) == [7, 8, 0, 9, 10, 11])
            #expect(messages.map(\.redelivered) == [true, true, false, true, false, false])
        }
    }

    @Test("in a new session no message shows it")
    func newSession() async throws {
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port)) { _, recorder in
            let peer = try await broker.accept(.v5).peer
            try await peer.send(BrokerDialect(version: .v5).publish(topic: [97], payload: [], id: 1, duplicate: true))
            #expect(await recorder.acknowledge(1).map(\.message.redelivered) == [false])
        }
    }
}
