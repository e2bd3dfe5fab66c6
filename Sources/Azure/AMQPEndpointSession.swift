import AMQP
import Notifications

/// One connection with one sender link.
struct AMQPEndpointSession: EndpointSession {
    let connection: Connection
    let sender: Sender
    let encoder: MessageEncoder

    /// Encodes all events into one buffer: one allocation and one hop to the event loop a call.
    func send(_ events: [OutboundEvent]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(events.count)
        bytes.reserveCapacity(events.reduce(0) { $0 + $1.notification.body.count + 512 })
        for event in events {
            encoder.encode(event.notification, into: &bytes)
            ends.append(bytes.count)
        }
        var start = 0
        var deliveries: [OutgoingDelivery] = []
        deliveries.reserveCapacity(events.count)
        for (event, end) in zip(events, ends) {
            deliveries.append(OutgoingDelivery(id: event.id, bytes: bytes[start..<end]))
            start = end
        }
        sender.send(deliveries)
    }

    func ended() async -> EndpointFailure? {
        await sender.ended.map(EndpointFailure.init)
    }

    func close() async {
        await sender.detach()
        await connection.close()
    }
}
