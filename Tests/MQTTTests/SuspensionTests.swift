import MQTT
import Testing

@Suite("Suspending a connection", .timeLimit(.minutes(5)))
struct SuspensionTests {
    let dialect = BrokerDialect(version: .v5)

    @Test("it finishes its batch, disconnects behind a round trip, and comes back when resumed")
    func comesBack() async throws {
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port)) { connection, recorder in
            let peer = try await broker.accept(.v5).peer
            _ = await recorder.nextState { $0 == .subscribed }
            try await peer.send(dialect.publish(topic: [97], payload: [], id: 9))
            let delivery = try #require(await recorder.nextDelivery())
            connection.suspend()
            delivery.acknowledgement.acknowledge()
            let packets = try await peer.read(count: 2)
            #expect(packets[0] == Packet(head: 0x40, body: [0, 9]))
            #expect(packets[1].kind == .unsubscribe)
            try await peer.send(dialect.unsuback(id: packets[1].integer(at: 0)))
            #expect(try await peer.read().kind == .disconnect)
            #expect(await recorder.nextState { $0 == .suspended } == .suspended)
            connection.resume()
            let again = try await broker.accept(.v5, sessionPresent: true).peer
            try await again.send(dialect.publish(topic: [97], payload: [], id: 10))
            #expect(await recorder.acknowledge(1).map(\.message.packetID) == [10])
            #expect(connection.counters.failures.isEmpty)
        }
    }

    @Test("before there is a session it subscribes first, so that the broker keeps the messages")
    func subscribesFirst() async throws {
        let broker = try FakeBroker()
        let recorder = Recorder()
        let connection = Connection(.test(port: broker.port), logger: quiet, handler: recorder)
        connection.suspend()
        let running = Task { try await connection.run() }
        let peer = try await broker.accept(.v5).peer
        let unsubscribe = try await peer.read()
        #expect(unsubscribe.kind == .unsubscribe)
        try await peer.send(dialect.unsuback(id: unsubscribe.integer(at: 0)))
        #expect(try await peer.read().kind == .disconnect)
        #expect(await recorder.nextState { $0 == .suspended } == .suspended)
        running.cancel()
        try await running.value
    }
}
