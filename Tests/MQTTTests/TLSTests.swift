import MQTT
import Testing

@Suite("TLS with a real mosquitto", .timeLimit(.minutes(5)))
struct TLSTests {
    func failure(_ configuration: ConnectionConfiguration) async throws -> ConnectionFailure? {
        try await withConnection(configuration) { _, recorder in await recorder.nextFailure() }
    }

    @Test("connects with the right authority; fails by name with a wrong name, authority or file")
    func server() async throws {
        let certificates = try await Certificates()
        let broker = try await Mosquitto(settings: certificates.listenerSettings(requiresClientCertificate: false))
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.tls = TLSSettings(certificateAuthority: certificates.authority)
        try await withConnection(configuration) { _, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }
        configuration.host = "localhost"
        try await withConnection(configuration) { _, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }

        configuration.tls = TLSSettings()
        #expect(try await failure(configuration)?.kind == .serverNotTrusted)
        configuration.tls = TLSSettings(certificateAuthority: "/nowhere/ca.pem")
        let missing = try #require(try await failure(configuration))
        #expect(missing.kind == .fileUnreadable)
        #expect("\(missing)".contains("tls.ca: cannot use '/nowhere/ca.pem'"))
        configuration.tls = TLSSettings(certificateAuthority: certificates.serverKey)
        #expect(try await failure(configuration)?.kind == .fileUnreadable)
        configuration.tls = TLSSettings(
            certificateAuthority: certificates.authority, certificate: certificates.client, key: certificates.serverKey)
        #expect(try await failure(configuration)?.kind == .certificateKeyMismatch)
        configuration.tls = nil
        let plain = try await failure(configuration)?.kind
        #expect(plain == .connectionLost)
    }

    @Test("a server whose certificate is for another name is refused, unless told otherwise")
    func wrongName() async throws {
        let certificates = try await Certificates(subjectAltName: "DNS:broker.example.net")
        let broker = try await Mosquitto(settings: certificates.listenerSettings(requiresClientCertificate: false))
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.tls = TLSSettings(certificateAuthority: certificates.authority)
        #expect(try await failure(configuration) == .serverNameMismatch(host: "127.0.0.1"))
        configuration.tls?.verifiesServerName = false
        try await withConnection(configuration) { _, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }
    }

    @Test("a client certificate, where the broker requires one")
    func clientCertificate() async throws {
        let certificates = try await Certificates()
        let broker = try await Mosquitto(settings: certificates.listenerSettings(requiresClientCertificate: true))
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.tls = TLSSettings(certificateAuthority: certificates.authority)
        // The broker's alert says so, unless the reset of the connection that follows it overtakes it.
        let kind = try #require(try await failure(configuration)?.kind)
        #expect([.tls, .connectionLost].contains(kind))
        configuration.tls = TLSSettings(
            certificateAuthority: certificates.authority, certificate: certificates.client, key: certificates.clientKey)
        try await withConnection(configuration) { _, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }
    }

    /// mosquitto sends each packet in a TLS record of its own; here hundreds come in one.
    @Test("no batch exceeds its limit over TLS, where one read goes on while decrypted bytes are left")
    func batchLimit() async throws {
        let certificates = try await Certificates()
        let server = try FakeTLSBroker(certificates)
        var configuration = ConnectionConfiguration.test(port: server.port)
        configuration.tls = TLSSettings(certificateAuthority: certificates.authority)
        configuration.batch.messages = 10
        configuration.stopTimeout = .milliseconds(100)
        try await withConnection(configuration) { _, recorder in
            let dialect = BrokerDialect(version: .v5)
            let peer = server.peer
            _ = try await peer.read()
            try await peer.send(dialect.connack(sessionPresent: false))
            let subscribe = try await peer.read()
            try await peer.send(dialect.suback(id: subscribe.integer(at: 0), codes: [1]))
            try await peer.send(bytes: AcknowledgementOrderTests.backlog(200, .v5))
            var ids: [UInt16] = []
            while ids.count < 200, let delivery = await recorder.nextDelivery() {
                #expect(delivery.batch.messages.count <= 10)
                ids += delivery.batch.messages.map(\.packetID)
                delivery.acknowledgement.acknowledge()
            }
            #expect(ids == (1...200).map { UInt16($0) })
            #expect(try await AcknowledgementOrderTests.acknowledged(peer.read(count: 200)) == ids)
        }
    }
}
