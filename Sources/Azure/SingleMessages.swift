import AMQP
import HeaderSerialization
import Notifications

/// One link, one message an event: what any AMQP 1.0 peer understands.
struct SingleMessages: EventSending {
    let sender: Sender
    let writer: AMQPMessageWriter
    let onReports: @Sendable ([DeliveryReport]) -> [OutboundEvent]

    var bounds: DeliveryBounds { DeliveryBounds() }

    /// Encodes all events into one buffer: one allocation and one hop to the event loop a call.
    /// Events that cannot be written are reported as refused at once.
    func send(_ events: [OutboundEvent]) {
        var next = events
        while !next.isEmpty { next = sendOnce(next) }
    }

    /// - Returns: what the refusal of events that cannot be written calls for.
    private func sendOnce(_ events: [OutboundEvent]) -> [OutboundEvent] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(events.reduce(0) { $0 + $1.notification.body.count + DeliveryBounds.bytesBesideBody })
        var messages: [(id: UInt64, end: Int)] = []
        messages.reserveCapacity(events.count)
        var refused: [DeliveryReport] = []
        let now = writer.needsTime ? UnixTime.milliseconds : nil
        for event in events {
            do throws(SerializationError) {
                try writer.append(event.notification, nowMilliseconds: now, to: &bytes)
                messages.append((event.id, bytes.count))
            } catch {
                refused.append(DeliveryReport(id: event.id, unwritable: error))
            }
        }
        var start = 0
        var deliveries: [OutgoingDelivery] = []
        deliveries.reserveCapacity(messages.count)
        for message in messages {
            deliveries.append(OutgoingDelivery(id: message.id, bytes: bytes[start..<message.end]))
            start = message.end
        }
        sender.send(deliveries)
        return refused.isEmpty ? [] : onReports(refused)
    }

    func ended() async -> EndpointFailure? {
        await sender.ended.map(EndpointFailure.init)
    }

    func close() async {
        await sender.detach()
    }
}

extension DeliveryReport {
    init(id: UInt64, unwritable error: SerializationError) {
        self.init(id: id, outcome: .failed(EndpointFailure(unwritable: error)))
    }
}
