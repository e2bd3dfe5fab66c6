import AMQP
import Logging
import NIOCore
import ServiceLifecycle

/// A stand-in for an Azure namespace on loopback: whatever name a link asks for is an entity that
/// keeps what arrives in memory, bounded, and serves it to receivers.
public final class LocalNamespace: Service {
    /// What each entity holds at most, in bytes; beyond that the oldest messages go.
    public static let defaultEntityBytes = 64 << 20

    private let listener: Listener
    private let entities: Entities

    /// Binds, and takes connections from now on.
    ///
    /// - Parameter port: 0 takes a free one; see ``port``.
    /// - Throws: `AMQPError.bindFailed`.
    public static func start(
        host: String, port: Int, entityBytes: Int = defaultEntityBytes, on group: any EventLoopGroup, logger: Logger
    ) async throws(AMQPError) -> LocalNamespace {
        let entities = Entities(entityBytes: entityBytes, logger: logger)
        // Any key is right: whoever reaches the loopback address may use the namespace.
        let configuration = ListenerConfiguration(
            host: host, port: port, mechanisms: [.anonymous, .plain],
            authenticate: { _ in true },
            containerID: "twinroute-local-namespace", padsPerformatives: true)
        let listener = try await Listener.bind(configuration, delegate: entities, on: group, logger: logger)
        return LocalNamespace(listener: listener, entities: entities)
    }

    private init(listener: Listener, entities: Entities) {
        self.listener = listener
        self.entities = entities
    }

    public var port: Int { listener.port }

    /// Messages that an entity holds now; 0 where nobody has used the name.
    public func messageCount(of entity: String) -> Int {
        entities.existing(entity)?.statistics.messages ?? 0
    }

    /// Serves until shutdown.
    public func run() async throws {
        try? await gracefulShutdown()
        await listener.close()
    }
}
