import AMQP
import AMQPCodec
import Logging
import NIOCore
import NIOPosix

let testLogger = Logger(label: "test")

/// A listener's delegate whose behaviour a test sets, and which records everything.
final class TestPeer: ListenerDelegate {
    private let onOpened: @Sendable (ListenerConnection) -> ErrorCondition?
    private let onRequested: @Sendable (LinkRequest, ListenerConnection) -> LinkDecision
    private let onReceived: @Sendable (IncomingDelivery, ListenerLink) -> DeliveryDecision

    let connections = Recorder<ListenerConnection>()
    let requests = Recorder<LinkRequest>()
    let links = Recorder<ListenerLink>()
    let deliveries = Recorder<IncomingDelivery>()
    let settlements = Recorder<Settlement>()
    let credits = Recorder<Int>()
    let detached = Recorder<AMQPError?>()
    let closed = Recorder<AMQPError?>()
    let failed = Recorder<AMQPError>()

    init(
        opened: @escaping @Sendable (ListenerConnection) -> ErrorCondition? = { _ in nil },
        requested: @escaping @Sendable (LinkRequest, ListenerConnection) -> LinkDecision = { _, _ in .accept() },
        received: @escaping @Sendable (IncomingDelivery, ListenerLink) -> DeliveryDecision = { _, _ in .settle(.accepted) }
    ) {
        onOpened = opened
        onRequested = requested
        onReceived = received
    }

    func opened(_ connection: ListenerConnection) -> ErrorCondition? {
        connections.append(connection)
        return onOpened(connection)
    }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        requests.append(request)
        return onRequested(request, connection)
    }

    func attached(_ link: ListenerLink) { links.append(link) }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        deliveries.append(delivery)
        return onReceived(delivery, link)
    }

    func creditChanged(_ credit: Int, on link: ListenerLink) { credits.append(credit) }
    func settled(_ settlements: [Settlement], on link: ListenerLink) { self.settlements.append(contentsOf: settlements) }
    func detached(_ link: ListenerLink, error: AMQPError?) { detached.append(error) }
    func closed(_ connection: ListenerConnection, error: AMQPError?) { closed.append(error) }
    func failed(peer: String, error: AMQPError) { failed.append(error) }
}

extension ListenerConfiguration {
    static func test(_ change: (inout ListenerConfiguration) -> Void = { _ in }) -> ListenerConfiguration {
        var configuration = ListenerConfiguration(containerID: "listener")
        change(&configuration)
        return configuration
    }
}

extension ConnectionConfiguration {
    static func test(port: Int, _ change: (inout ConnectionConfiguration) -> Void = { _ in }) -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration(host: "127.0.0.1", port: port, containerID: "client")
        change(&configuration)
        return configuration
    }
}

/// Both ends of a WebSocket over TLS.
extension ListenerConfiguration {
    static func secureWebSocket(_ certificates: Certificates) -> ListenerConfiguration {
        .test {
            $0.usesWebSocket = true
            $0.tls = certificates.server
        }
    }
}

extension ConnectionConfiguration {
    static func secureWebSocket(port: Int, _ certificates: Certificates) -> ConnectionConfiguration {
        .test(port: port) {
            $0.host = "localhost"
            $0.usesWebSocket = true
            $0.tls = TLSSettings(authorities: [certificates.authority])
        }
    }
}

/// A listener with `peer` behind it for as long as `body` runs.
func withListener(
    _ peer: TestPeer, _ configuration: ListenerConfiguration = .test(),
    _ body: (Listener) async throws -> Void
) async throws {
    let listener = try await Listener.bind(
        configuration, delegate: peer, on: MultiThreadedEventLoopGroup.singleton, logger: testLogger)
    do {
        try await body(listener)
    } catch {
        await listener.close()
        throw error
    }
    await listener.close()
}

func connect(_ configuration: ConnectionConfiguration) async throws(AMQPError) -> Connection {
    try await Connection.connect(configuration, on: MultiThreadedEventLoopGroup.singleton, logger: testLogger)
}

/// What `connect` fails with; nil when it does not fail.
func connectError(_ configuration: ConnectionConfiguration) async -> AMQPError? {
    do throws(AMQPError) {
        let connection = try await connect(configuration)
        await connection.close()
        return nil
    } catch {
        return error
    }
}
