import AMQP
import AMQPCodec

/// A receiver of a whole hub: all partitions in the order in which events came. Azure has no such
/// thing; it is for people who look, and for plain AMQP clients.
final class HubReaderLink: LinkHandler, EventReader {
    private let hub: EventHub
    private var number = 0
    private var next: [Int64]
    private var credit = 0
    private var link: ListenerLink?

    init(hub: EventHub, start: StartPosition) {
        self.hub = hub
        next = hub.partitions.map { $0.firstSequence(for: start) }
        number = hub.join(self)
    }

    func attached(_ link: ListenerLink) {
        self.link = link
    }

    func creditChanged(_ credit: Int) {
        self.credit = credit
        serve()
    }

    func serve() {
        guard credit > 0, let link else { return }
        var deliveries: [OutgoingDelivery] = []
        while credit > 0, let (partition, event) = oldest {
            deliveries.append(OutgoingDelivery(id: event.arrival, bytes: EventImage.bytes(of: event)[...]))
            next[partition] = event.sequence + 1
            credit -= 1
        }
        link.send(deliveries)
    }

    private var oldest: (partition: Int, event: Partition.Event)? {
        var found: (partition: Int, event: Partition.Event)?
        for (index, partition) in hub.partitions.enumerated() {
            guard let event = partition.event(atOrAfter: next[index]) else { continue }
            if let other = found, other.event.arrival < event.arrival { continue }
            found = (index, event)
        }
        return found
    }

    func lose(_ condition: ErrorCondition) {
        link?.detach(condition)
    }

    func ended() {
        hub.leave(number, group: nil, partition: nil)
    }
}
