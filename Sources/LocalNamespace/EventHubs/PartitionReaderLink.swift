import AMQP
import AMQPCodec

/// A receiver of one partition.
final class PartitionReaderLink: LinkHandler, EventReader {
    private let hub: EventHub
    private let partition: Int
    private let group: String
    /// The receiver wants the partition's end with every event (reference 4.6).
    private let tellsEnd: Bool
    private let clock: () -> Milliseconds
    private var number = 0
    private var next: Int64
    private var credit = 0
    private var link: ListenerLink?

    init(
        hub: EventHub, partition: Int, group: String, level: Int64?, start: StartPosition, tellsEnd: Bool,
        clock: @escaping () -> Milliseconds
    ) throws(Refusal) {
        self.hub = hub
        self.partition = partition
        self.group = group
        self.tellsEnd = tellsEnd
        self.clock = clock
        next = hub.partitions[partition].firstSequence(for: start)
        number = try hub.join(self, group: group, partition: partition, level: level)
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
        while credit > 0, let event = hub.partitions[partition].event(atOrAfter: next) {
            let bytes = EventImage.bytes(of: event, partition: tellsEnd ? end : nil)
            deliveries.append(OutgoingDelivery(id: UInt64(event.sequence), bytes: bytes[...]))
            next = event.sequence + 1
            credit -= 1
        }
        link.send(deliveries)
    }

    private var end: AMQPMap? {
        guard let last = hub.partitions[partition].last else { return nil }
        return [
            .symbol("last_enqueued_sequence_number"): .long(last.sequence),
            .symbol("last_enqueued_offset"): .string(String(last.offset)),
            .symbol("last_enqueued_time_utc"): .timestamp(last.enqueuedAt),
            .symbol("runtime_info_retrieval_time_utc"): .timestamp(clock()),
        ]
    }

    func lose(_ condition: ErrorCondition) {
        link?.detach(condition)
    }

    func ended() {
        hub.leave(number, group: group, partition: partition)
    }
}
