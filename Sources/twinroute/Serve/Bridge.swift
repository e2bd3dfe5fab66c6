import Ingest
import Journal
import LocalNamespace
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Settings
import UnixSignals

/// The assembled bridge. Its services stand in the opposite order to the data's way, for shutdown
/// goes from the last to the first: it stops reading, from brokers and over HTTP, before it stops
/// delivering.
struct Bridge {
    private let greeting: Announcement
    private let services: [any Service]
    private let journal: Journal
    private let logger: Logger

    /// After this long, what still runs is cancelled; longer than the services' own limits together.
    private static let shutdownLimit: Duration = .seconds(30)
    private static let host = "127.0.0.1"

    /// The bridge between brokers and endpoints that are elsewhere.
    ///
    /// - Parameter reload: reads the configuration again.
    static func assemble(
        _ configuration: BridgeConfiguration, reload: @escaping @Sendable () throws -> BridgeConfiguration, logger: Logger
    ) async throws -> Bridge {
        let group = MultiThreadedEventLoopGroup.singleton
        let core = try await BridgeCore(configuration, group: group, logger: logger)
        let api = try await core.startAPI(configuration.http, on: group, logger: logger)
        let reloader = ConfigurationReloader(
            load: reload, configuration: configuration, router: core.router, places: core.places,
            outboxes: core.outboxes, group: group, logger: logger)
        return Bridge(
            greeting: Announcement(lines: Greeting.lines(for: configuration)),
            services: [core.audit] + core.outboxes + api + core.subscribers + [reloader],
            journal: core.journal,
            logger: logger)
    }

    /// The bridge with a broker and a local namespace of its own.
    static func assemble(_ defaults: EmbeddedDefaults, logger: Logger) async throws -> Bridge {
        for port in [
            LoopbackPort(host: host, port: defaults.mqttPort, option: "--mqtt-port"),
            LoopbackPort(host: host, port: defaults.amqpPort, option: "--amqp-port"),
            LoopbackPort(host: host, port: defaults.httpPort, option: "--http-port"),
            LoopbackPort(host: host, port: defaults.namespaceHTTPPort, option: "--namespace-http-port"),
        ] { try await port.checkFree() }
        let group = MultiThreadedEventLoopGroup.singleton
        let configuration = defaults.configuration
        let core = try await BridgeCore(configuration, group: group, logger: logger)
        let namespace = try await LocalNamespace.start(
            NamespaceConfiguration(host: host, port: defaults.amqpPort, httpPort: defaults.namespaceHTTPPort), on: group, logger: logger)
        let broker = try await EmbeddedBroker.start(
            host: host, port: defaults.mqttPort, folder: "\(defaults.data)/mosquitto", logger: logger)
        let api = try await core.startAPI(configuration.http, on: group, logger: logger)
        return Bridge(
            // It says what to publish, which would be lost before the bridge has subscribed.
            greeting: Announcement(lines: Greeting.lines(for: defaults)) { [subscribers = core.subscribers] in
                for subscriber in subscribers { await subscriber.hasSubscribed() }
            },
            services: [namespace, broker, core.audit] + core.outboxes + api + core.subscribers,
            journal: core.journal,
            logger: logger)
    }

    /// Runs until SIGTERM or Ctrl-C, then stops in order.
    func run() async throws {
        var configuration = ServiceGroupConfiguration(
            services: services + [greeting], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownLimit
        defer { journal.close() }
        try await ServiceGroup(configuration: configuration).run()
    }
}
