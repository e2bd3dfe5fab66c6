import Logging
import Notifications
import Routing
import ServiceLifecycle
import Settings
import UnixSignals

/// Takes a changed configuration over while the bridge runs, when SIGHUP says so: all of it or
/// none (design.md 5.2). What can change so far are the routes.
struct ConfigurationReloader: Service {
    /// Reads the file again.
    let load: @Sendable () throws -> BridgeConfiguration
    /// What the bridge was started with.
    let configuration: BridgeConfiguration
    let router: Router
    /// The bit of each endpoint in the route table.
    let places: [EndpointID: Int]
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
            var withOldRoutes = changed
            withOldRoutes.routes = inForce.routes
            guard withOldRoutes == inForce else {
                logger.error("only routes can change while the bridge runs; nothing was taken over, restart it for the rest")
                return inForce
            }
            router.replace(with: try changed.routeTable(places: places))
            logger.notice("routes replaced", metadata: [LogKey.routes: "\(changed.routes.count)"])
            return changed
        } catch {
            logger.error(
                "the changed configuration has faults; the one before stays in force",
                metadata: [LogKey.reason: "\(error)"])
            return inForce
        }
    }
}
