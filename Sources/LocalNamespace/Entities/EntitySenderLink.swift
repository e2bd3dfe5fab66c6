import AMQP
import AMQPCodec
import NIOCore

/// A client's sender to an entity.
final class EntitySenderLink: LinkHandler {
    static let window = 5000

    private unowned let namespace: Namespace
    private let entity: Entity
    private let partition: Int?
    private var link: ListenerLink?
    private var isCut = false
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
        if namespace.faults.withholdsCredit(entity.name, at: namespace.now) { return grantLater() }
        link.grant(owed)
        owed = 0
    }

    /// While a fault withholds credit, nothing else would remind us.
    private func grantLater() {
        let bound = NIOLoopBound(self, eventLoop: namespace.eventLoop)
        namespace.eventLoop.scheduleTask(in: .milliseconds(100)) { bound.value.grantCredit() }
    }

    func received(_ delivery: IncomingDelivery) -> DeliveryDecision {
        // What the client sent behind the message that the connection was cut at is not taken either:
        // it would overtake it.
        guard !isCut else { return .later }
        let outcome = take(delivery)
        owed += 1
        grantCredit()
        guard let outcome else { return .later }
        guard let delay = namespace.faults.dispositionDelay(entity.name, at: namespace.now), let link else {
            return .settle(outcome)
        }
        namespace.eventLoop.scheduleTask(in: .milliseconds(delay)) { link.settle([delivery.id], as: outcome) }
        return .later
    }

    /// Nil: the connection is gone.
    private func take(_ delivery: IncomingDelivery) -> Outcome? {
        do {
            let publication = try Publication(delivery.bytes, format: delivery.messageFormat)
            switch namespace.fate(of: entity.name, publication, bytes: delivery.bytes.count) {
            case .take: break
            case .reject(let condition, let description): return .rejected(.told(condition, description))
            case .release: return .released
            case .cut:
                isCut = true
                link?.connection.cutMidFrame()
                return nil
            }
            try entity.publish(publication, to: partition)
            namespace.noteTaken(bytes: delivery.bytes.count, messages: publication.messages.count)
            return .accepted
        } catch let refusal as Refusal {
            return .rejected(refusal.condition)
        } catch {
            return .rejected(.told("amqp:decode-error", "\(error)"))
        }
    }

    func ended() {
        link = nil
    }
}
