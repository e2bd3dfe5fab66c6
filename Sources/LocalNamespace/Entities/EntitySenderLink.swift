import AMQP
import AMQPCodec

/// A client's sender to an entity.
final class EntitySenderLink: LinkHandler {
    static let window = 5000

    private unowned let namespace: Namespace
    private let entity: Entity
    private let partition: Int?
    private var link: ListenerLink?
    /// Messages decided on, for which the client has no new credit yet.
    private var owed = EntitySenderLink.window

    init(namespace: Namespace, entity: Entity, partition: Int?) {
        self.namespace = namespace
        self.entity = entity
        self.partition = partition
    }

    func attached(_ link: ListenerLink) {
        self.link = link
        grantCredit()
    }

    /// In quarters of the window: a flow frame for each message would cost more than the message.
    private func grantCredit() {
        guard owed >= Self.window / 4, let link else { return }
        link.grant(owed)
        owed = 0
    }

    func received(_ delivery: IncomingDelivery) -> DeliveryDecision {
        let outcome = take(delivery)
        owed += 1
        grantCredit()
        return .settle(outcome)
    }

    private func take(_ delivery: IncomingDelivery) -> Outcome {
        do {
            let publication = try Publication(delivery.bytes, format: delivery.messageFormat)
            try entity.publish(publication, to: partition)
            return .accepted
        } catch let refusal as Refusal {
            return .rejected(refusal.condition)
        } catch {
            return .rejected(.told("amqp:decode-error", "\(error)"))
        }
    }
}
