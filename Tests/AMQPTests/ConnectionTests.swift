import AMQP
import AMQPCodec
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ConnectionTests {
    @Test func openFieldsReachTheListener() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port) {
                $0.hostname = "namespace.example.net"
                $0.properties = [.symbol("product"): "twinroute"]
            })
            let client = await peer.connections.wait(forCount: 1)[0]
            #expect(client.containerID == "client")
            #expect(client.hostname == "namespace.example.net")
            #expect(client.properties == [.symbol("product"): "twinroute"])
            #expect(client.credentials?.mechanism == .anonymous)
            #expect(listener.connections == [client])
            await connection.close()
            await peer.closed.wait(forCount: 1)
            #expect(listener.connections.isEmpty)
        }
    }

    @Test func aRefusedTCPConnectionIsAnErrorOfItsOwn() async throws {
        // Nobody listens on tcpmux; a port that was free a moment ago could be another test's by now.
        // Many times: it was another one whenever the channel's end came before the attempt's.
        for _ in 1...2000 {
            let error = await connectError(.test(port: 1))
            guard case .connectFailed("127.0.0.1", 1, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func anUnknownHostIsAnErrorOfItsOwn() async throws {
        let error = await connectError(.test(port: 5672) { $0.host = "no-such-host.invalid" })
        guard case .hostNotFound("no-such-host.invalid", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aTakenPortIsAnErrorOfItsOwn() async throws {
        try await withListener(TestPeer()) { listener in
            await #expect {
                try await Listener.bind(
                    .test { $0.port = listener.port }, delegate: TestPeer(), on: MultiThreadedEventLoopGroup.singleton,
                    logger: testLogger)
            } throws: { error in
                if case AMQPError.bindFailed("127.0.0.1", listener.port, _) = error { true } else { false }
            }
        }
    }

    @Test func aPeerThatClosesAtOpenSaysWhy() async throws {
        let condition = ErrorCondition("amqp:not-allowed", description: "go away", info: [.symbol("a"): .int(1)])
        let peer = TestPeer(opened: { _ in condition })
        try await withListener(peer) { listener in
            let configuration = ConnectionConfiguration.test(port: listener.port)
            do throws(AMQPError) {
                // The open frame comes before the close.
                let connection = try await connect(configuration)
                #expect(await connection.closed == .connectionClosed(condition))
            } catch {
                #expect(error == .connectionClosed(condition))
            }
        }
    }

    @Test func aConnectionThatIsCutIsLost() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let sender = try await connection.openSender(to: "q") { _ in }
            await peer.connections.wait(forCount: 1)[0].cut()
            guard case .connectionLost? = await connection.closed, case .connectionLost? = await sender.ended else {
                Issue.record("\(String(describing: await connection.closed))")
                return
            }
            await #expect(throws: AMQPError.self) { try await connection.openSender(to: "q") { _ in } }
            await connection.close()
        }
    }

    @Test func passwordsAreChecked() async throws {
        let peer = TestPeer()
        try await withListener(peer, .test {
            $0.mechanisms = [.plain]
            $0.requiresSASL = true
            $0.authenticate = { $0.user == "rule" && $0.password == "key=" }
        }) { listener in
            let right = try await connect(.test(port: listener.port) { $0.authentication = .plain(user: "rule", password: "key=") })
            #expect(peer.connections.elements[0].credentials?.user == "rule")
            await right.close()
            #expect(await connectError(.test(port: listener.port) { $0.authentication = .plain(user: "rule", password: "no") })
                == .authenticationRefused(mechanism: "PLAIN", .credentials))
            #expect(await peer.failed.wait(forCount: 1).count == 1)
            #expect(await connectError(.test(port: listener.port)) == .mechanismNotOffered(wanted: "ANONYMOUS"))
            #expect(await connectError(.test(port: listener.port) { $0.authentication = .none }) != nil)
            await peer.failed.wait(forCount: 3)
            #expect(peer.connections.elements.count == 1)
        }
    }

    @Test func onlyTheWantedMechanismIsUsed() async throws {
        let peer = TestPeer()
        try await withListener(peer, .test {
            $0.mechanisms = [.external, .mssbcbs, .plain, .anonymous]
            $0.authenticate = { _ in true }
        }) { listener in
            for authentication in [Authentication.anonymous, .plain(user: "u", password: "p"), .none] {
                let connection = try await connect(.test(port: listener.port) { $0.authentication = authentication })
                await connection.close()
            }
            #expect(peer.connections.elements.map(\.credentials?.mechanism) == [.anonymous, .plain, nil])
        }
    }

    @Test func aListenerThatStopsTellsItsClients() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            await listener.close()
            let ended = await connection.closed
            #expect(ended?.condition?.condition == "amqp:connection:forced")
        }
    }

    @Test func unusableSettingsAreNamed() async throws {
        let cases: [(String, ConnectionConfiguration)] = [
            ("host", .test(port: 1) { $0.host = "" }),
            ("port", .test(port: 0)),
            ("maxFrameSize", .test(port: 1) { $0.maxFrameSize = 511 }),
            ("authentication", .test(port: 1) { $0.authentication = .external }),
            ("tls.authorities", .test(port: 1) { $0.tls = TLSSettings(authorities: ["/nonexistent.pem"]) }),
        ]
        for (field, configuration) in cases {
            guard case .invalidConfiguration(field, _, _)? = await connectError(configuration) else {
                Issue.record("\(field) was not refused")
                continue
            }
        }
    }
}
