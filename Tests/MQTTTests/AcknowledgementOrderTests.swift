import MQTT
import Testing

@Suite("Promise 1: no PUBACK before the commit that covers it", .timeLimit(.minutes(5)))
struct AcknowledgementOrderTests {
    typealias Version = ConnectionConfiguration.ProtocolVersion

    static func backlog(_ count: Int, _ version: Version, duplicate: Bool = false) -> [UInt8] {
        let dialect = BrokerDialect(version: version)
        return (1...count).flatMap { number in
            dialect.publish(
                topic: Array("devices/d\(number % 10)/messages/events/".utf8), payload: Array("event \(number)".utf8),
                id: UInt16(number), duplicate: duplicate
            ).bytes
        }
    }

    /// The packet ids of PUBACKs, and nothing but PUBACKs.
    static func acknowledged(_ packets: [Packet]) throws -> [UInt16] {
        try packets.map { packet in
            try #require(packet.kind == .puback)
            return packet.integer(at: 0)
        }
    }

    @Test("not one byte is written before a batch's commit, and after it exactly its packet ids", arguments: [1, 7, 1000], [Version.v5, .v311])
    func order(batchSize: Int, version: Version) async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port, version)
        configuration.batch.messages = batchSize
        try await withConnection(configuration) { connection, recorder in
            let (peer, _) = try await broker.accept(version)
            let total = batchSize * 2 + 3
            try await peer.send(bytes: Self.backlog(total, version))
            var covered = 0
            while covered < total {
                let delivery = try #require(await recorder.nextDelivery())
                let ids = delivery.batch.messages.map(\.packetID)
                #expect(ids.count <= batchSize)
                #expect(ids == ids.indices.map { UInt16(covered + 1 + $0) })
                #expect(try await peer.isSilent(milliseconds: 100))
                delivery.acknowledgement.acknowledge()
                #expect(try Self.acknowledged(await peer.read(count: ids.count)) == ids)
                #expect(try await peer.isSilent(milliseconds: 20))
                covered += ids.count
            }
            #expect(connection.counters.messages == UInt64(total))
            #expect(connection.counters.acknowledged == UInt64(total))
        }
    }

    @Test("a failed commit writes no PUBACK; the session lives on and the broker redelivers", arguments: [1, 7, 1000], [Version.v5, .v311])
    func refusal(batchSize: Int, version: Version) async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port, version)
        configuration.batch.messages = batchSize
        try await withConnection(configuration) { connection, recorder in
            let (first, _) = try await broker.accept(version)
            try await first.send(bytes: Self.backlog(batchSize, version))
            let failed = try #require(await recorder.nextDelivery())
            failed.acknowledgement.refuse()
            #expect(try await first.readToEnd() == [])

            let (second, connect) = try await broker.accept(version, sessionPresent: true)
            #expect(!connect.cleanStart)
            #expect(connect.clientID == "bridge")
            try await second.send(bytes: Self.backlog(batchSize, version, duplicate: true))
            var ids: [UInt16] = []
            while ids.count < batchSize {
                let delivery = try #require(await recorder.nextDelivery())
                ids += delivery.batch.messages.map(\.packetID)
                delivery.acknowledgement.acknowledge()
            }
            #expect(ids == (1...batchSize).map { UInt16($0) })
            #expect(try Self.acknowledged(await second.read(count: batchSize)) == ids)
            #expect(connection.counters.batchesRefused == 1)
            #expect(connection.counters.failures[.batchRefused] == 1)
        }
    }

    @Test("letting go of a batch undecided refuses it")
    func letGo() async throws {
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port)) { _, recorder in
            let (peer, _) = try await broker.accept(.v5)
            try await peer.send(bytes: Self.backlog(3, .v5))
            _ = await recorder.nextDelivery()?.batch.messages.count
            #expect(try await peer.readToEnd() == [])
            #expect(await recorder.nextFailure()?.kind == .batchRefused)
        }
    }

    @Test("a batch undecided past the hold limit is left to the broker, and a late decision has no effect")
    func holdLimit() async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.acknowledgementHoldLimit = .milliseconds(150)
        try await withConnection(configuration) { connection, recorder in
            let (peer, _) = try await broker.accept(.v5)
            try await peer.send(bytes: Self.backlog(1, .v5))
            let delivery = try #require(await recorder.nextDelivery())
            #expect(try await peer.readToEnd() == [])
            #expect(await recorder.nextFailure()?.kind == .batchUndecided)
            #expect(!delivery.acknowledgement.acknowledge())
            #expect(connection.counters.batchesExpired == 1)
            #expect(connection.counters.acknowledged == 0)
        }
    }

    @Test("messages that come along with CONNACK are held as well, and so is the SUBSCRIBE behind them")
    func alongWithConnack() async throws {
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port)) { _, recorder in
            let peer = try await broker.accept()
            _ = try await peer.read()
            let connack = BrokerDialect(version: .v5).connack(sessionPresent: true)
            try await peer.send(bytes: connack.bytes + Self.backlog(5, .v5))
            let delivery = try #require(await recorder.nextDelivery())
            #expect(try await peer.isSilent(milliseconds: 100))
            delivery.acknowledgement.acknowledge()
            let packets = try await peer.read(count: delivery.batch.messages.count + 1)
            #expect(packets.count { $0.kind == .puback } == delivery.batch.messages.count)
            #expect(packets.count { $0.kind == .subscribe } == 1)
        }
    }

    @Test("a connection that ends before a batch is handed on leaves its QoS 1 messages to the broker")
    func endInTheMiddle() async throws {
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port)) { connection, recorder in
            let peer = try await broker.accept(.v5).peer
            // The last packet breaks the protocol (QoS 3), in the same read pass as the others.
            let unacknowledged = BrokerDialect(version: .v5).publish(topic: Array("a".utf8), payload: [7], id: nil)
            try await peer.send(bytes: Self.backlog(2, .v5) + unacknowledged.bytes + [0x36, 3, 0, 1, 97])
            let delivery = try #require(await recorder.nextDelivery())
            if delivery.batch.messages.count == 1 {
                #expect(delivery.batch.messages[0].qos == 0)
                #expect(delivery.batch.messages[0].payload(in: delivery.batch) == [7])
                #expect(connection.counters.leftToBroker == 2)
            }
            delivery.acknowledgement.acknowledge()
            #expect(await recorder.nextFailure()?.kind == .malformedPacket)
        }
    }
}
