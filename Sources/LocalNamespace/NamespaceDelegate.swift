import AMQP
import Logging
import NIOCore

/// The listener's view of the namespace, which lives on the event loop of all its connections.
struct NamespaceDelegate: ListenerDelegate {
    let namespace: NIOLoopBound<Namespace>
    let logger: Logger

    func opened(_ connection: ListenerConnection) -> ErrorCondition? { namespace.value.opened(connection) }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        namespace.value.requested(request, on: connection)
    }

    func attached(_ link: ListenerLink) { namespace.value.attached(link) }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        namespace.value.received(delivery, on: link)
    }

    func creditChanged(_ credit: Int, on link: ListenerLink) { namespace.value.creditChanged(credit, on: link) }

    func settled(_ settlements: [Settlement], on link: ListenerLink) { namespace.value.settled(settlements, on: link) }

    func detached(_ link: ListenerLink, error: AMQPError?) { namespace.value.detached(link) }

    func closed(_ connection: ListenerConnection, error: AMQPError?) { namespace.value.closed(connection) }

    func failed(peer: String, error: AMQPError) {
        logger.info("a client was not let in", metadata: [LogKey.peer: "\(peer)", LogKey.reason: "\(error)"])
    }
}
