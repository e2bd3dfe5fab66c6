import Configuration
import Delivery
import Ingest
import Journal
import Logging
import NIOCore
import Notifications
import Routing
import ServiceLifecycle

/// The line itself: brokers, journal, endpoints.
struct BridgeCore {
    let journal: Journal
    let outboxes: [any Service]
    let subscribers: [any Service]

    init(_ configuration: BridgeConfiguration, group: any EventLoopGroup, logger: Logger) throws {
        let journal = try Journal(
            folder: configuration.data,
            durability: configuration.durability == .powerLoss ? .powerLoss : .processCrash,
            logger: logger)
        self.journal = journal
        let slots = try journal.register(endpoints: configuration.endpoints.map(\.id))
        outboxes = try configuration.endpoints.map { endpoint in
            Outbox(
                endpoint: endpoint.id,
                reader: try journal.reader(for: endpoint.id),
                connector: try EndpointConnectors.connector(for: endpoint, group: group, logger: logger),
                logger: logger)
        }
        let router = Router(try configuration.routeTable(places: slots.mapValues { Int($0.rawValue) }))
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
}
