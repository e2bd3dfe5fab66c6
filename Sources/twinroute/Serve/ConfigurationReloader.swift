import Delivery
import Logging
import NIOCore
import Notifications
import Routing
import ServiceLifecycle
import Settings
import UnixSignals

/// Takes a changed configuration over while the bridge runs, when SIGHUP says so: all of it or
/// none (design.md 5.2). What can change so far are the routes, and how to sign in at the
/// endpoints and the way there.
struct ConfigurationReloader: Service {
    /// Reads the file again.
    let load: @Sendable () throws -> BridgeConfiguration
    /// What the bridge was started with.
    let configuration: BridgeConfiguration
    let router: Router
    /// The bit of each endpoint in the route table.
    let places: [EndpointID: Int]
    let outboxes: [Outbox]
    let group: any EventLoopGroup
    let logger: Logger

    func run() async throws {
        var inForce = configuration
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            inForce = reload(instead: inForce)
        }
    }

    /// - Returns: the configuration that is in force from now on.
    private func reload(instead inForce: BridgeConfiguration) -> BridgeConfiguration {
        do {
            let changed = try load()
            guard changed.withoutWhatMayChange == inForce.withoutWhatMayChange else {
                logger.error(
                    "only routes, and of endpoints connection strings, identity, auth, transport, proxy and tls can change while the bridge runs; nothing was taken over, restart it for the rest"
                )
                return inForce
            }
            let table = try changed.routeTable(places: places)
            let connectors = try newConnectors(changed, instead: inForce)
            if changed.routes != inForce.routes {
                router.replace(with: table)
                logger.notice("routes replaced", metadata: [LogKey.routes: "\(changed.routes.count)"])
            }
            for outbox in outboxes {
                guard let new = connectors[outbox.endpoint] else {
                    outbox.retryNow()
                    continue
                }
                outbox.replace(new)
                logger.notice("the way to the endpoint replaced", metadata: [LogKey.endpoint: "\(outbox.endpoint)"])
            }
            return changed
        } catch {
            logger.error(
                "the changed configuration has faults; the one before stays in force",
                metadata: [LogKey.reason: "\(error)"])
            return inForce
        }
    }

    /// The ways of the endpoints whose keys have changed.
    private func newConnectors(
        _ changed: BridgeConfiguration, instead inForce: BridgeConfiguration
    ) throws -> [EndpointID: KeyedConnectors] {
        let old = Dictionary(inForce.endpoints.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var connectors: [EndpointID: KeyedConnectors] = [:]
        for endpoint in changed.endpoints where endpoint != old[endpoint.id] {
            connectors[endpoint.id] = try EndpointConnectors.connectors(for: endpoint, group: group, logger: logger)
        }
        return connectors
    }
}

extension BridgeConfiguration {
    /// What has to be the same for a reload to be taken over.
    fileprivate var withoutWhatMayChange: BridgeConfiguration {
        var rest = self
        rest.routes = []
        for index in rest.endpoints.indices {
            rest.endpoints[index].connectionString = Secret("")
            rest.endpoints[index].secondaryConnectionString = nil
            rest.endpoints[index].identity = nil
            rest.endpoints[index].auth = .token
            rest.endpoints[index].transport = .amqp
            rest.endpoints[index].proxy = nil
            rest.endpoints[index].tls = EndpointTLS()
        }
        return rest
    }
}
