import MQTT
import Testing

/// Against Debian's mosquitto.
@Suite("With a real mosquitto", .timeLimit(.minutes(5)))
struct BrokerTests {
    typealias Version = ConnectionConfiguration.ProtocolVersion

    func publish(
        to port: Int, _ count: Int, version: Version = .v5, topic: String = "devices/d/messages",
        properties: MessageProperties? = nil
    ) async throws {
        let publisher = try Publisher(.test(port: port, version, clientID: "publisher"), logger: quiet)
        try await publisher.connect()
        for number in 0..<count {
            try await publisher.publish(topic: topic, payload: Array("\(number)".utf8), properties: properties)
        }
        try await publisher.flush()
        #expect(publisher.counters.completed == UInt64(count))
        await publisher.close()
    }

    @Test("20,000 messages come through in order, all are acknowledged and none is lost", arguments: [Version.v5, .v311])
    func throughput(version: Version) async throws {
        let broker = try await Mosquitto()
        let count = 20_000
        try await withConnection(.test(port: broker.port, version)) { connection, recorder in
            _ = await recorder.nextState { $0 == .subscribed }
            async let publishing: Void = publish(to: broker.port, count, version: version)
            let messages = await recorder.acknowledge(count)
            try await publishing
            #expect(messages.map { String(decoding: $0.payload, as: UTF8.self) } == (0..<count).map(String.init))
            #expect(connection.counters.messages == UInt64(count))
        }
        // Nothing is left at the broker: what comes to the same session is only what is new.
        try await publish(to: broker.port, 1, version: version, topic: "last")
        try await withConnection(.test(port: broker.port, version)) { _, recorder in
            #expect(await recorder.acknowledge(1).map(\.message.topic) == ["last"])
        }
    }

    @Test("all properties of an MQTT 5 message come along")
    func properties() async throws {
        let broker = try await Mosquitto()
        let properties = MessageProperties(
            userProperties: [
                .init(name: "cloudEvents:type", value: "a"), .init(name: "twice", value: "1"),
                .init(name: "twice", value: "2"), .init(name: "empty", value: ""), .init(name: "Größe", value: "ﬀ 🌡"),
            ],
            contentType: "application/json", correlationData: [0, 255, 1, 0], responseTopic: "answers/here",
            messageExpiryInterval: 3600, payloadFormatIndicator: 1)
        try await withConnection(.test(port: broker.port)) { _, recorder in
            _ = await recorder.nextState { $0 == .subscribed }
            try await publish(to: broker.port, 1, properties: properties)
            let received = try #require(await recorder.acknowledge(1).first)
            #expect(received.message.properties == properties)
            #expect(received.message.qos == 1)
            #expect(!received.message.retained)
        }
    }

    @Test("a retained message says so, an empty payload is empty")
    func retained() async throws {
        let broker = try await Mosquitto()
        let publisher = try Publisher(.test(port: broker.port, clientID: "publisher"), logger: quiet)
        try await publisher.connect()
        try await publisher.publish(topic: "kept", payload: [1, 2], retained: true)
        try await publisher.flush()
        try await withConnection(.test(port: broker.port)) { _, recorder in
            let kept = try #require(await recorder.acknowledge(1).first)
            #expect(kept.message.retained)
            #expect(kept.payload == [1, 2])
            try await publisher.publish(topic: "empty", payload: [])
            let empty = try #require(await recorder.acknowledge(1).first)
            #expect(empty.message.topic == "empty")
            #expect(empty.payload == [])
        }
        await publisher.close()
    }

    @Test("user and password: right ones connect, wrong ones are refused with a remedy", arguments: [Version.v5, .v311])
    func login(version: Version) async throws {
        let folder = try TemporaryFolder()
        try await folder.run("/usr/bin/mosquitto_passwd", "-b", "-c", "passwords", "bridge", "right")
        try await folder.run("/bin/chmod", "644", "passwords")
        let broker = try await Mosquitto(
            folder: folder, settings: ["allow_anonymous false", "password_file \(folder.path)/passwords"])
        var configuration = ConnectionConfiguration.test(port: broker.port, version)
        configuration.username = "bridge"
        configuration.password = "right"
        try await withConnection(configuration) { _, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }
        configuration.password = "wrong"
        try await withConnection(configuration) { _, recorder in
            let failure = try #require(await recorder.nextFailure())
            #expect(failure.kind == .loginRefused)
            #expect("\(failure)".contains("'bridge'"))
            #expect(!"\(failure)".contains("wrong"))
        }
        configuration.username = nil
        configuration.password = nil
        try await withConnection(configuration) { _, recorder in
            #expect(await recorder.nextFailure()?.kind == .loginRefused)
        }
    }

    @Test("a session lives on: what was published while we were away arrives, once", arguments: [Version.v5, .v311])
    func persistentSession(version: Version) async throws {
        let broker = try await Mosquitto()
        try await withConnection(.test(port: broker.port, version)) { _, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }
        try await publish(to: broker.port, 2500, version: version)
        try await withConnection(.test(port: broker.port, version)) { _, recorder in
            #expect(await recorder.nextState { $0 == .connected(sessionPresent: true) } != nil)
            let messages = await recorder.acknowledge(2500)
            #expect(messages.map { String(decoding: $0.payload, as: UTF8.self) } == (0..<2500).map(String.init))
        }
    }

    @Test("two connections share a subscription and together get each message once")
    func shared() async throws {
        let broker = try await Mosquitto()
        let filter = "$share/twinroute/devices/#"
        try await withConnection(.test(port: broker.port, clientID: "one", filter: filter)) { _, one in
            try await withConnection(.test(port: broker.port, clientID: "two", filter: filter)) { _, two in
                _ = await one.nextState { $0 == .subscribed }
                _ = await two.nextState { $0 == .subscribed }
                try await publish(to: broker.port, 200)
                let first = await one.acknowledge(100)
                let second = await two.acknowledge(100)
                let all = (first + second).map { String(decoding: $0.payload, as: UTF8.self) }
                #expect(Set(all) == Set((0..<200).map(String.init)))
                #expect(all.count == 200)
            }
        }
    }

    @Test("several brokers at once")
    func severalBrokers() async throws {
        let here = try await Mosquitto()
        let there = try await Mosquitto()
        try await withConnection(.test(port: here.port)) { _, one in
            try await withConnection(.test(port: there.port)) { _, two in
                _ = await one.nextState { $0 == .subscribed }
                _ = await two.nextState { $0 == .subscribed }
                try await publish(to: here.port, 1, topic: "here")
                try await publish(to: there.port, 1, topic: "there")
                #expect(await one.acknowledge(1).map(\.message.topic) == ["here"])
                #expect(await two.acknowledge(1).map(\.message.topic) == ["there"])
            }
        }
    }

    @Test("a broker that is killed and started again is connected to again")
    func restart() async throws {
        let broker = try await Mosquitto()
        try await withConnection(.test(port: broker.port)) { connection, recorder in
            _ = await recorder.nextState { $0 == .subscribed }
            try await publish(to: broker.port, 1, topic: "before")
            #expect(await recorder.acknowledge(1).map(\.message.topic) == ["before"])
            try await broker.stop(savingState: false)
            // A dying broker's socket may still take a connection, and lose it too.
            var failure = await recorder.nextFailure()
            #expect(failure?.kind == .connectionLost)
            while failure?.kind == .connectionLost { failure = await recorder.nextFailure() }
            #expect(failure?.kind == .portClosed, "\(String(describing: failure))")
            try await broker.start()
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
            try await publish(to: broker.port, 1, topic: "after")
            // The broker may have been killed before it noted our PUBACK, and then sends "before" again.
            var topics = await recorder.acknowledge(1).map(\.message.topic)
            while topics.last == "before" { topics += await recorder.acknowledge(1).map(\.message.topic) }
            #expect(topics.last == "after")
            #expect(connection.counters.connected == 2)
        }
    }

    @Test("a refused batch is sent again by the broker")
    func refused() async throws {
        let broker = try await Mosquitto()
        try await withConnection(.test(port: broker.port)) { _, recorder in
            _ = await recorder.nextState { $0 == .subscribed }
            try await publish(to: broker.port, 1, topic: "again")
            let first = try #require(await recorder.nextDelivery())
            first.acknowledgement.refuse()
            #expect(await recorder.acknowledge(1).map(\.message.topic) == ["again"])
        }
    }

    @Test("a payload of 256 MB comes through")
    func largest() async throws {
        let broker = try await Mosquitto()
        let size = 268_435_455 - 5 - "big".utf8.count
        try await withConnection(.test(port: broker.port)) { _, recorder in
            _ = await recorder.nextState { $0 == .subscribed }
            let publisher = try Publisher(.test(port: broker.port, clientID: "publisher"), logger: quiet)
            try await publisher.connect()
            try await publisher.publish(topic: "big", payload: [UInt8](repeating: 7, count: size))
            let delivery = try #require(await recorder.nextDelivery())
            #expect(delivery.batch.arena.count == size)
            delivery.acknowledgement.acknowledge()
            try await publisher.flush()
            await publisher.close()
        }
    }
}
