import HTTPServing
import Ingest
import Journal
import Logging
import NIOCore
import Notifications
import ServiceLifecycle

/// Where the API listens and who may use it.
public struct ControlConfiguration: Sendable {
    public var host: String
    /// 0 takes a free one.
    public var port: Int
    /// The bearer token; `nil` asks for none.
    public var token: Secret?
    /// `nil`: plain HTTP.
    public var tls: HTTPServerTLS?

    public init(host: String, port: Int, token: Secret? = nil, tls: HTTPServerTLS? = nil) {
        self.host = host
        self.port = port
        self.token = token
        self.tls = tls
    }
}

/// The HTTP API (design.md 5.3), as far as it is there: events in, dead letters, health, status and metrics.
public struct ControlServer: Service {
    /// The largest body of a request in bytes: a batch.
    public static let maximumBodyBytes = 4 << 20

    private let server: HTTPServer

    /// Binds, and answers from now on.
    ///
    /// - Parameter status: what `GET /status` and `GET /metrics` show, made anew for each.
    public static func start(
        _ configuration: ControlConfiguration,
        intake: EventIntake,
        deadLetters: DeadLetters,
        status: @escaping @Sendable () -> BridgeStatus,
        on group: any EventLoopGroup,
        logger: Logger
    ) async throws(HTTPServerError) -> ControlServer {
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(
                host: configuration.host, port: configuration.port, tls: configuration.tls,
                maximumBodyBytes: maximumBodyBytes),
            responder: ControlResponder(
                token: configuration.token, events: EventsRoute(intake: intake),
                deadLetters: DeadLettersRoute(letters: deadLetters), status: status),
            on: group, logger: logger)
        return ControlServer(server: server)
    }

    /// The port that it listens on.
    public var port: Int { server.port }

    /// Answers until shutdown, then finishes what it has begun.
    public func run() async throws {
        try await server.run()
    }

    /// Takes no more requests, and returns when those under way are answered. Idempotent.
    public func close() async {
        await server.close()
    }
}
