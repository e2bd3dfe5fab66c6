import MQTT
import Testing

@Suite("TLS with a real mosquitto", .timeLimit(.minutes(1)))
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
        let kind = try await failure(configuration)?.kind
        #expect(kind == .tls)
        configuration.tls = TLSSettings(
            certificateAuthority: certificates.authority, certificate: certificates.client, key: certificates.clientKey)
        try await withConnection(configuration) { _, recorder in
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
        }
    }

    @Test("no batch exceeds its limit over TLS, where one read goes on while decrypted bytes are left")
    func batchLimit() async throws {
        let certificates = try await Certificates()
        let broker = try await Mosquitto(settings: certificates.listenerSettings(requiresClientCertificate: false))
        var configuration = ConnectionConfiguration.test(port: broker.port)
        configuration.tls = TLSSettings(certificateAuthority: certificates.authority)
        configuration.batch.messages = 10
        let backlog = configuration
        try await withConnection(backlog) { _, recorder in
            _ = await recorder.nextState { $0 == .subscribed }
            var sending = backlog
            sending.clientID = "publisher"
            let publisher = try Publisher(sending, logger: quiet)
            try await publisher.connect()
            async let publishing: Void = {
                for number in 0..<5000 {
                    try await publisher.publish(topic: "t", payload: Array("\(number)".utf8))
                }
                try await publisher.flush()
            }()
            var received: [String] = []
            var largest = 0
            while received.count < 5000, let delivery = await recorder.nextDelivery() {
                largest = max(largest, delivery.batch.messages.count)
                received += delivery.batch.messages.map {
                    String(decoding: $0.payload(in: delivery.batch), as: UTF8.self)
                }
                delivery.acknowledgement.acknowledge()
            }
            try await publishing
            #expect(largest <= 10)
            #expect(received == (0..<5000).map(String.init))
            await publisher.close()
        }
    }
}
