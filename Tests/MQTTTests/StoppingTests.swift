import MQTT
import Testing

@Suite("Stopping a connection", .timeLimit(.minutes(5)))
struct StoppingTests {
    let dialect = BrokerDialect(version: .v5)

    func start(_ configuration: ConnectionConfiguration) -> (Recorder, Task<Void, any Error>, Connection) {
        let recorder = Recorder()
        let connection = Connection(configuration, logger: quiet, handler: recorder)
        return (recorder, Task { try await connection.run() }, connection)
    }

    @Test("the outstanding batch is decided, its PUBACKs leave, and a round trip comes before DISCONNECT")
    func inGoodOrder() async throws {
        let broker = try FakeBroker()
        let (recorder, running, connection) = start(.test(port: broker.port))
        let peer = try await broker.accept(.v5).peer
        try await peer.send(dialect.publish(topic: Array("a".utf8), payload: [], id: 9))
        let delivery = try #require(await recorder.nextDelivery())
        running.cancel()
        #expect(try await peer.isSilent(milliseconds: 100))
        delivery.acknowledgement.acknowledge()
        let packets = try await peer.read(count: 2)
        #expect(packets[0] == Packet(head: 0x40, body: [0, 9]))
        #expect(packets[1].kind == .unsubscribe)
        #expect(try await peer.isSilent(milliseconds: 100))
        try await peer.send(dialect.unsuback(id: packets[1].integer(at: 0)))
        #expect(try await peer.read().kind == .disconnect)
        #expect(try await peer.readToEnd() == [])
        try await running.value
        #expect(connection.counters.acknowledged == 1)
    }

    @Test("what arrives during the round trip is not acknowledged, and stays at the broker")
    func arrivingMeanwhile() async throws {
        let broker = try FakeBroker()
        let (_, running, connection) = start(.test(port: broker.port))
        let peer = try await broker.accept(.v5).peer
        running.cancel()
        let unsubscribe = try await peer.read()
        try await peer.send(dialect.publish(topic: Array("a".utf8), payload: [], id: 9))
        try await peer.send(dialect.unsuback(id: unsubscribe.integer(at: 0)))
        #expect(try await peer.readToEnd() == [])
        try await running.value
        #expect(connection.counters.leftToBroker == 1)
        #expect(connection.counters.acknowledged == 0)
    }

    @Test("an undecided batch delays the end for the stop timeout at most, and is left to the broker")
    func undecided() async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.stopTimeout = .milliseconds(100)
        configuration.acknowledgementHoldLimit = .seconds(600)
        configuration.keepAliveSeconds = 0
        let (recorder, running, connection) = start(configuration)
        let peer = try await broker.accept(.v5).peer
        try await peer.send(dialect.publish(topic: Array("a".utf8), payload: [], id: 9))
        let delivery = try #require(await recorder.nextDelivery())
        running.cancel()
        try await running.value
        #expect(try await peer.readToEnd() == [])
        #expect(!delivery.acknowledgement.acknowledge())
        #expect(connection.counters.batchesExpired == 1)
    }

    @Test("a broker that does not answer delays the end for the stop timeout at most")
    func noAnswer() async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.stopTimeout = .milliseconds(100)
        let (_, running, _) = start(configuration)
        let peer = try await broker.accept(.v5).peer
        running.cancel()
        try await running.value
        #expect(try await peer.read().kind == .unsubscribe)
        #expect(try await peer.readToEnd() == [])
    }

    @Test("a connect under way and a back-off end at once")
    func beforeConnected() async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.connectTimeout = .seconds(600)
        let (_, connecting, _) = start(configuration)
        let peer = try await broker.accept()
        connecting.cancel()
        try await connecting.value
        withExtendedLifetime(peer) {}

        configuration.port = try LoopbackSocket.freePort()
        configuration.backOff = BackOff(base: .seconds(86_400), cap: .seconds(86_400))
        let (recorder, waiting, _) = start(configuration)
        _ = await recorder.nextState { if case .backingOff = $0 { true } else { false } }
        waiting.cancel()
        try await waiting.value
        #expect(await recorder.nextState { $0 == .stopped } != nil)
    }

    @Test("a connection that never ran needs no end, one that ran does not run again")
    func once() async throws {
        let broker = try FakeBroker()
        let connection = Connection(.test(port: broker.port), logger: quiet, handler: Recorder())
        let running = Task { try await connection.run() }
        running.cancel()
        try await running.value
        await #expect(throws: ConnectionFailure.closed) { try await connection.run() }
    }
}
