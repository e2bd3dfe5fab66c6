import AMQP
import Logging
import Synchronization

/// The namespace's entities by name, and the links that use them.
final class Entities: ListenerDelegate {
    private struct State {
        var entities: [String: Entity] = [:]
        var links: [ListenerLink: Entity] = [:]
    }

    /// Names are made by whoever connects; somebody who makes up a million is stopped here.
    static let maximumCount = 1000
    /// As Event Hubs has it for a publication (reference 4.9).
    private static let maximumMessageBytes: UInt64 = 1 << 20

    private let entityBytes: Int
    private let logger: Logger
    private let state = Mutex(State())

    init(entityBytes: Int, logger: Logger) {
        self.entityBytes = entityBytes
        self.logger = logger
    }

    func existing(_ name: String) -> Entity? {
        state.withLock { $0.entities[name.lowercased()] }
    }

    private func entity(named name: String) -> Entity? {
        state.withLock { state in
            if let entity = state.entities[name] { return entity }
            guard state.entities.count < Self.maximumCount else { return nil }
            let entity = Entity(byteLimit: entityBytes)
            state.entities[name] = entity
            return entity
        }
    }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        guard !request.isCoordinator, !request.isDynamic else {
            return .refuse(ErrorCondition(
                "amqp:not-implemented", description: "transactions and dynamic nodes are not here"))
        }
        guard let name = EntityAddress.entity(of: request.address) else {
            return .refuse(ErrorCondition("amqp:invalid-field", description: "the link names no entity"))
        }
        guard entity(named: name) != nil else {
            return .refuse(ErrorCondition(
                "amqp:resource-limit-exceeded",
                description: "the local namespace has \(Self.maximumCount) entities already"))
        }
        return .accept(LinkSettings(credit: 5000, maxMessageSize: Self.maximumMessageBytes))
    }

    func attached(_ link: ListenerLink) {
        guard let name = EntityAddress.entity(of: link.request.address), let entity = entity(named: name) else { return }
        state.withLock { $0.links[link] = entity }
        if link.role == .sending {
            entity.addReader(link, from: StartPosition(of: link.request))
        }
        logger.debug("link attached", metadata: [LogKey.entity: "\(name)", LogKey.peer: "\(link.connection.peer)"])
    }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        guard let entity = state.withLock({ $0.links[link] }) else { return .settle(.released) }
        entity.append(delivery.bytes)
        return .settle(.accepted)
    }

    func creditChanged(_ credit: Int, on link: ListenerLink) {
        state.withLock { $0.links[link] }?.setCredit(credit, of: link)
    }

    func detached(_ link: ListenerLink, error: AMQPError?) {
        state.withLock { $0.links.removeValue(forKey: link) }?.removeReader(link)
    }

    func failed(peer: String, error: AMQPError) {
        logger.info("a client was not let in", metadata: [LogKey.peer: "\(peer)", LogKey.reason: "\(error)"])
    }
}
