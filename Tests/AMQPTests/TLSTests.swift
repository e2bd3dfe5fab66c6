import AMQP
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TLSTests {
    private func withCertificates(_ body: (Certificates) async throws -> Void) async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        try await body(certificates)
    }

    private func isTLSFailure(_ error: AMQPError?) -> Bool {
        if case .tlsFailed? = error { return true }
        Issue.record("\(String(describing: error))")
        return false
    }

    @Test func theCertificateAndItsNameAreChecked() async throws {
        try await withCertificates { certificates in
            let peer = TestPeer()
            try await withListener(peer, .test { $0.tls = certificates.server }) { listener in
                let connection = try await connect(.test(port: listener.port) {
                    $0.host = "localhost"
                    $0.tls = TLSSettings(authorities: [certificates.authority])
                })
                let sender = try await connection.openSender(to: "q") { _ in }
                #expect(try await sender.send([UInt8](repeating: 7, count: 100_000)) == .accepted)
                await connection.close()

                let byAddress = await connectError(.test(port: listener.port) {
                    $0.tls = TLSSettings(authorities: [certificates.authority])
                })
                #expect(byAddress == nil)
                #expect(isTLSFailure(await connectError(.test(port: listener.port) {
                    $0.host = "localhost"
                    $0.tls = TLSSettings(authorities: [certificates.otherAuthority])
                })))
                #expect(isTLSFailure(await connectError(.test(port: listener.port) {
                    $0.host = "localhost"
                    $0.tls = TLSSettings()
                })))
                #expect(isTLSFailure(await connectError(.test(port: listener.port) {
                    $0.host = "localhost"
                    $0.tls = TLSSettings(authorities: [certificates.authority], serverName: "wrong.example.net")
                })))
                let unnamed = await connectError(.test(port: listener.port) {
                    $0.host = "localhost"
                    $0.tls = TLSSettings(
                        authorities: [certificates.authority], serverName: "wrong.example.net", verification: .withoutHostName)
                })
                #expect(unnamed == nil)
            }
        }
    }

    @Test func aClientCertificateLogsIn() async throws {
        try await withCertificates { certificates in
            var server = certificates.server
            server.authorities = [certificates.authority]
            server.verification = .full
            let peer = TestPeer()
            try await withListener(peer, .test {
                $0.tls = server
                $0.mechanisms = [.external]
                $0.requiresSASL = true
            }) { listener in
                let connection = try await connect(.test(port: listener.port) {
                    $0.host = "localhost"
                    $0.tls = TLSSettings(
                        authorities: [certificates.authority], certificate: certificates.clientCertificate,
                        key: certificates.clientKey)
                    $0.authentication = .external
                })
                #expect(peer.connections.elements[0].credentials?.mechanism == .external)
                await connection.close()
                // Without one the handshake fails.
                #expect(await connectError(.test(port: listener.port) {
                    $0.host = "localhost"
                    $0.tls = TLSSettings(authorities: [certificates.authority])
                }) != nil)
            }
        }
    }

    @Test func plainTCPAtATLSPortIsAnError() async throws {
        try await withCertificates { certificates in
            let peer = TestPeer()
            try await withListener(peer, .test { $0.tls = certificates.server }) { listener in
                #expect(await connectError(.test(port: listener.port)) != nil)
                #expect(await peer.failed.wait(forCount: 1).count == 1)
            }
            try await withListener(peer) { listener in
                #expect(isTLSFailure(await connectError(.test(port: listener.port) { $0.tls = TLSSettings() })))
            }
        }
    }
}
