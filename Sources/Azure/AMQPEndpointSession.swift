import AMQP

/// One connection, and what sends over it.
struct AMQPEndpointSession: EndpointSession {
    let connection: Connection
    let sending: any EventSending

    var bounds: DeliveryBounds { sending.bounds }

    func send(_ events: [OutboundEvent]) {
        sending.send(events)
    }

    func ended() async -> EndpointFailure? {
        await sending.ended()
    }

    func close() async {
        await sending.close()
        await connection.close()
    }
}
