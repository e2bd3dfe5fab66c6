import MQTT
import Testing

@Suite("Publisher", .timeLimit(.minutes(5)))
struct PublisherTests {
    let dialect = BrokerDialect(version: .v5)

    func puback(_ publish: Packet, code: UInt8? = nil) -> Packet {
        let topicLength = Int(publish.integer(at: 0))
        let id = Packet.integer(publish.integer(at: 2 + topicLength))
        return Packet(head: 0x40, body: id + (code.map { [$0] } ?? []))
    }

    func connected(_ broker: FakeBroker, window: Int) async throws -> (Publisher, FakePeer) {
        let publisher = try Publisher(.test(port: broker.port), window: window, logger: quiet)
        async let connecting: Void = publisher.connect()
        let peer = try await broker.accept()
        _ = try await peer.read()
        try await peer.send(dialect.connack(sessionPresent: false))
        try await connecting
        return (publisher, peer)
    }

    @Test("no more messages are under way than the window allows, and each PUBACK makes room")
    func window() async throws {
        let broker = try FakeBroker()
        let (publisher, peer) = try await connected(broker, window: 4)
        let sending = Task {
            for number in UInt8(0)..<12 {
                try await publisher.publish(topic: "t", payload: [number])
            }
            try await publisher.flush()
        }
        for _ in 0..<3 {
            let packets = try await peer.read(count: 4)
            #expect(packets.allSatisfy { $0.kind == .publish })
            #expect(try await peer.isSilent(milliseconds: 50))
            for packet in packets { try await peer.send(puback(packet)) }
        }
        try await sending.value
        #expect(publisher.counters.accepted == 12)
        #expect(publisher.counters.completed == 12)
        await publisher.close()
        #expect(try await peer.read().kind == .disconnect)
    }

    @Test("a message that the broker rejects is counted with its reason")
    func rejected() async throws {
        let broker = try FakeBroker()
        let (publisher, peer) = try await connected(broker, window: 4)
        try await publisher.publish(topic: "t", payload: [])
        try await peer.send(puback(peer.read(), code: 0x87))
        try await publisher.flush()
        #expect(publisher.counters.completed == 0)
        #expect(publisher.counters.rejected == 1)
        #expect(publisher.counters.rejections == ["Not authorized": 1])
        await publisher.close()
    }

    @Test("what MQTT cannot carry is refused by field, and the connection stays up")
    func invalid() async throws {
        let broker = try FakeBroker()
        let (publisher, peer) = try await connected(broker, window: 4)
        func field(_ topic: String, _ properties: MessageProperties? = nil) async -> String? {
            do {
                try await publisher.publish(topic: topic, payload: [], properties: properties)
                return nil
            } catch {
                guard case .invalidMessage(let field, _, _) = error else { return "\(error)" }
                return field
            }
        }
        #expect(await field("") == "topic")
        #expect(await field("a\u{0}b") == "topic")
        #expect(await field("a/+") == "topic")
        #expect(await field(String(repeating: "a", count: 65_536)) == "topic")
        #expect(await field("t", MessageProperties(userProperties: [.init(name: "a\u{0}", value: "")])) == "properties")
        #expect(await field("t", MessageProperties(contentType: String(repeating: "a", count: 65_536))) == "properties")
        #expect(
            await field("t", MessageProperties(correlationData: [UInt8](repeating: 0, count: 65_536))) == "correlationData")
        #expect(await field("t") == nil)
        try await peer.send(puback(peer.read()))
        try await publisher.flush()
        await publisher.close()
    }

    @Test("when the connection is lost, whoever waits gets the reason")
    func lost() async throws {
        let broker = try FakeBroker()
        let (publisher, peer) = try await connected(broker, window: 1)
        try await publisher.publish(topic: "t", payload: [])
        let waiting = Task { try await publisher.publish(topic: "t", payload: []) }
        let flushing = Task { try await publisher.flush() }
        _ = try await peer.read()
        try await peer.send(dialect.disconnect(code: 0x8E))
        let expected = ConnectionFailure.disconnectedByBroker(code: 142, reason: "Session taken over")
        await #expect(throws: expected) { try await waiting.value }
        await #expect(throws: expected) { try await flushing.value }
        await publisher.close()
    }

    @Test("a refused or impossible connect throws, and closing afterwards is harmless")
    func refused() async throws {
        let publisher = try Publisher(.test(port: LoopbackSocket.freePort()), logger: quiet)
        await #expect(throws: ConnectionFailure.portClosed(host: "127.0.0.1", port: publisher.configuration.port)) {
            try await publisher.connect()
        }
        await publisher.close()
        await #expect(throws: ConnectionFailure.self) { try await publisher.publish(topic: "t", payload: []) }
    }

    @Test("a publish that waits for room ends with its task")
    func cancelled() async throws {
        let broker = try FakeBroker()
        let (publisher, peer) = try await connected(broker, window: 1)
        try await publisher.publish(topic: "t", payload: [])
        let waiting = Task { try await publisher.publish(topic: "t", payload: []) }
        _ = try await peer.read()
        waiting.cancel()
        await #expect(throws: ConnectionFailure.self) { try await waiting.value }
        #expect(publisher.counters.accepted == 1)
        await publisher.close()
    }
}
