import ControlAPI
import Delivery
import HTTPServing
import Ingest
import Journal
import Logging
import NIOCore
import Notifications
import Routing
import ServiceLifecycle
import Settings

/// The line itself: brokers, journal, endpoints.
struct BridgeCore {
    let journal: Journal
    let outboxes: [Outbox]
    /// In the order of the configuration's brokers.
    let subscribers: [BrokerSubscriber]
    /// Events of `POST /events`.
    let intake: EventIntake
    let router: Router
    let audit: BooksAudit
    /// The bit of each endpoint in the router's tables: its slot in the journal.
    let places: [EndpointID: Int]
    private let brokerNames: [String]
    private let limitBytes: [EndpointID: Int]

    init(_ configuration: BridgeConfiguration, group: any EventLoopGroup, logger: Logger) async throws {
        let journal = try Journal(
            folder: configuration.data,
            durability: configuration.durability == .powerLoss ? .powerLoss : .processCrash,
            logger: logger)
        self.journal = journal
        let letters = configuration.deadLetters
        try await journal.deadLetters.setLimits(DeadLetterLimits(count: letters.count, bytes: letters.bytes))
        let slots = try journal.register(endpoints: configuration.endpoints.map(\.id))
        let limits = configuration.backlogLimits
        try journal.setLimits(limits, minimumFreeBytes: Int64(configuration.minimumFree))
        limitBytes = limits.mapValues(\.bytes)
        outboxes = try configuration.endpoints.map { endpoint in
            Outbox(
                endpoint: endpoint.id,
                reader: try journal.reader(for: endpoint.id),
                connectors: try EndpointConnectors.connectors(for: endpoint, group: group, logger: logger),
                logger: logger)
        }
        let places = slots.mapValues { Int($0.rawValue) }
        let router = Router(try configuration.routeTable(places: places))
        self.places = places
        audit = BooksAudit(logger: logger) { journal.books }
        self.router = router
        intake = EventIntake(settings: configuration.ingestSettings(), journal: journal, router: router, logger: logger)
        brokerNames = configuration.brokers.map(\.name)
        subscribers = configuration.brokers.map { broker in
            BrokerSubscriber(
                connections: BrokerConnections.configurations(for: broker),
                subscriptions: BrokerConnections.subscriptions(of: broker),
                settings: configuration.ingestSettings(of: broker),
                journal: journal,
                router: router,
                logger: logger)
        }
    }

    /// The HTTP API, where one is configured; it listens from now on.
    func startAPI(_ http: HTTPConfiguration?, on group: any EventLoopGroup, logger: Logger) async throws -> [any Service] {
        guard let http else { return [] }
        let configuration = ControlConfiguration(
            host: http.listen.host, port: http.listen.port ?? 0, token: http.token,
            tls: http.tls.map { HTTPServerTLS(certificate: $0.certificate, key: $0.key) })
        return [
            try await ControlServer.start(
                configuration, intake: intake, deadLetters: journal.deadLetters, status: { status }, on: group, logger: logger)
        ]
    }

    private var status: BridgeStatus {
        BridgeStatus(
            version: VersionCommand.twinroute,
            intake: BridgeStatus.Intake(journal.gate),
            sources: zip(brokerNames, subscribers).map { BridgeStatus.Source(name: $0, $1.statistics) }
                + [BridgeStatus.Source(name: "http", intake.statistics)],
            journal: BridgeStatus.Store(journal.statistics),
            endpoints: outboxes.map { BridgeStatus.Endpoint($0, limitBytes: limitBytes[$0.endpoint]) })
    }
}
