import MQTT
import Testing

@Suite("Making a connection", .timeLimit(.minutes(5)))
struct ConnectTests {
    typealias Version = ConnectionConfiguration.ProtocolVersion

    @Test("CONNECT asks for a session that lives on, with its expiry and Receive Maximum")
    func connectPacket() async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.sessionExpirySeconds = 0x0001_0203
        configuration.receiveMaximum = 0x0405
        configuration.keepAliveSeconds = 77
        try await withConnection(configuration) { _, _ in
            let connect = try await broker.accept(.v5).connect
            #expect(connect.level == 5)
            #expect(!connect.cleanStart)
            #expect(connect.keepAliveSeconds == 77)
            #expect(connect.properties == [0x11, 0, 1, 2, 3, 0x21, 4, 5])
        }
        // Of its own, for the first may have been connected to again.
        let older = try FakeBroker()
        configuration.port = older.port
        configuration.protocolVersion = .v311
        try await withConnection(configuration) { _, _ in
            let connect = try await older.accept(.v311).connect
            #expect(connect.level == 4)
            #expect(!connect.cleanStart)
        }
    }

    @Test("CONNACK codes are told apart", arguments: [
        (Version.v311, UInt8(1), ConnectionFailure.Kind.connectRefused), (.v311, 3, .connectRefused),
        (.v311, 4, .loginRefused), (.v311, 5, .loginRefused), (.v5, 0x84, .connectRefused), (.v5, 0x86, .loginRefused),
        (.v5, 0x87, .loginRefused), (.v5, 0x88, .connectRefused),
    ])
    func refused(version: Version, code: UInt8, kind: ConnectionFailure.Kind) async throws {
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port, version)) { _, recorder in
            let peer = try await broker.accept()
            _ = try await peer.read()
            try await peer.send(BrokerDialect(version: version).connack(sessionPresent: false, code: code))
            #expect(await recorder.nextFailure()?.kind == kind)
        }
    }

    @Test("a property that MQTT 5 does not define, in CONNACK, fails the attempt and no other")
    func undefinedProperty() async throws {
        let broker = try FakeBroker()
        let dialect = BrokerDialect(version: .v5)
        try await withConnection(.test(port: broker.port)) { connection, recorder in
            for _ in 1...2 {
                let peer = try await broker.accept()
                _ = try await peer.read()
                try await peer.send(dialect.connack(sessionPresent: false, properties: [0x7F, 0]))
                #expect(await recorder.nextFailure()?.kind == .malformedPacket)
            }
            _ = try await broker.accept(.v5)
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }
    }

    @Test("a refused subscription is reported, the others work, and it is asked for again")
    func refusedSubscription() async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port, filter: "open/#")
        configuration.subscriptions.append(Subscription(filter: "secret/#"))
        let dialect = BrokerDialect(version: .v5)
        try await withConnection(configuration) { connection, recorder in
            for _ in 1...2 {
                let peer = try await broker.accept()
                _ = try await peer.read()
                try await peer.send(dialect.connack(sessionPresent: true))
                for subscribe in try await peer.read(count: 2) {
                    let isSecret = String(decoding: subscribe.body, as: UTF8.self).contains("secret")
                    try await peer.send(dialect.suback(id: subscribe.integer(at: 0), codes: [isSecret ? 0x87 : 1]))
                }
                let failure = await recorder.nextFailure()
                #expect(failure?.kind == .subscriptionRefused)
                #expect(failure.map { "\($0)".contains("'secret/#'") } == true)
                try await peer.send(dialect.publish(topic: Array("open/1".utf8), payload: [1], id: 1))
                #expect(await recorder.acknowledge(1).map(\.message.topic) == ["open/1"])
                #expect(try await peer.read().kind == .puback)
                try await peer.send(dialect.disconnect(code: 0x8B))
                #expect(await recorder.nextFailure()?.kind == .disconnectedByBroker)
            }
            #expect(connection.counters.subscriptionsRefused == 2)
        }
    }

    @Test("a subscription granted at QoS 0 is reported")
    func downgraded() async throws {
        let broker = try FakeBroker()
        let dialect = BrokerDialect(version: .v311)
        try await withConnection(.test(port: broker.port, .v311)) { _, recorder in
            let peer = try await broker.accept()
            _ = try await peer.read()
            try await peer.send(dialect.connack(sessionPresent: false))
            try await peer.send(dialect.suback(id: peer.read().integer(at: 0), codes: [0]))
            let state = await recorder.nextState { if case .subscriptionDowngraded = $0 { true } else { false } }
            #expect(state == .subscriptionDowngraded(filter: "#", grantedQoS: 0))
        }
    }

    @Test("a host that does not exist, a port that is closed, values that will not do")
    func unreachable() async throws {
        var configuration = ConnectionConfiguration.test(port: try LoopbackSocket.freePort())
        func failure() async throws -> ConnectionFailure? {
            try await withConnection(configuration) { _, recorder in await recorder.nextFailure() }
        }
        configuration.connectTimeout = .seconds(600)
        #expect(try await failure() == .portClosed(host: "127.0.0.1", port: configuration.port))
        configuration.tls = TLSSettings()
        #expect(try await failure() == .portClosed(host: "127.0.0.1", port: configuration.port))
        configuration.tls = nil
        configuration.host = "no-such-host.invalid"
        #expect(try await failure()?.kind == .hostNotFound)
        configuration.host = ""
        #expect(try await failure()?.kind == .invalidConfiguration)
        configuration.host = "127.0.0.1"
        configuration.clientID = "a\u{0}b"
        #expect(try await failure()?.kind == .invalidConfiguration)
        configuration.clientID = "a"
        configuration.subscriptions = [Subscription(filter: "a/#/b")]
        #expect(try await failure()?.kind == .invalidConfiguration)
    }

    @Test("all faults of a configuration are told at once, without secrets")
    func faults() {
        var configuration = ConnectionConfiguration.test(port: 0)
        configuration.keepAliveSeconds = 3
        configuration.receiveMaximum = 70_000
        configuration.batch.messages = 0
        configuration.username = "u"
        configuration.password = "secret\u{0}"
        configuration.subscriptions = [Subscription(filter: "$share/group"), Subscription(filter: "$share/g/a/+")]
        configuration.tls = TLSSettings(certificate: "c.pem")
        let faults = configuration.faults()
        let fields = faults.map { if case .invalidConfiguration(let field, _, _) = $0 { field } else { "" } }
        #expect(fields == [
            "port", "keepAliveSeconds", "receiveMaximum", "batch.messages", "password", "subscriptions.filter",
            "tls.certificate",
        ])
        #expect(!faults.map { "\($0)" }.joined().contains("secret"))
    }

    @Test("a peer that accepts and says nothing is given up after the connect timeout", arguments: [false, true])
    func silentPeer(withTLS: Bool) async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.connectTimeout = .milliseconds(200)
        configuration.tls = withTLS ? TLSSettings() : nil
        try await withConnection(configuration) { _, recorder in
            let peer = try await broker.accept()
            #expect(await recorder.nextFailure()?.kind == .connectTimeout)
            _ = try await peer.readToEnd()
        }
    }

    @Test("a peer that closes during the handshake ends the attempt at once", arguments: [false, true], [false, true])
    func closingPeer(withTLS: Bool, afterFirstBytes: Bool) async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.tls = withTLS ? TLSSettings() : nil
        configuration.connectTimeout = .seconds(600)
        try await withConnection(configuration) { _, recorder in
            let peer = try await broker.accept()
            // Closing with bytes unread makes a reset of it.
            if afterFirstBytes { try await peer.waitForBytes() }
            peer.end()
            #expect(await recorder.nextFailure()?.kind == (withTLS ? .tls : .connectionLost))
        }
    }

    @Test("a peer that freezes is given up by the keep-alive")
    func frozenPeer() async throws {
        let broker = try FakeBroker()
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.keepAliveSeconds = 5
        try await withConnection(configuration) { _, recorder in
            let peer = try await broker.accept(.v5).peer
            // The first ping is answered, the second is not.
            #expect(try await peer.read().kind == .pingreq)
            try await peer.send(BrokerDialect(version: .v5).pingresp)
            #expect(try await peer.read().kind == .pingreq)
            #expect(await recorder.nextFailure() == .keepAliveExpired(seconds: 5))
        }
    }

    @Test("bad bytes end the connection with a reason and a counter, never the process", arguments: [
        [0x32, 8, 0, 3, 97, 0, 98, 0, 1, 0],  // topic a U+0000 b
        [0x32, 8, 0, 3, 97, 0xC3, 0x28, 0, 1, 0],  // invalid UTF-8
        [0x32, 5, 0, 0, 0, 1, 0],  // empty topic
        [0x32, 5, 0, 9, 97, 0, 1],  // topic longer than the packet
        [0x36, 6, 0, 1, 97, 0, 1, 0],  // QoS 3
        [0x32, 6, 0, 1, 97, 0, 0, 0],  // packet id 0
        [0x32, 7, 0, 1, 97, 0, 1, 2, 0x01],  // a property cut short
        [0x32, 8, 0, 1, 97, 0, 1, 2, 0x7F, 0],  // a property that MQTT 5 does not define
        [0xE0, 4, 0, 2, 0x30, 0],  // the same in DISCONNECT
        [0x32, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],  // length of five bytes
        [0x00, 0], [0x10, 0],  // packets that no broker sends
    ] as [[UInt8]])
    func malformed(bytes: [UInt8]) async throws {
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port)) { connection, recorder in
            let peer = try await broker.accept(.v5).peer
            try await peer.send(bytes: bytes)
            #expect(await recorder.nextFailure()?.kind == .malformedPacket)
            #expect(connection.counters.failures[.malformedPacket] == 1)
            #expect(connection.counters.messages == 0)
        }
    }
}
