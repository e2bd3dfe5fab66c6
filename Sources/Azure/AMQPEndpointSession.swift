import AMQP

/// One connection, and what sends over it.
struct AMQPEndpointSession: EndpointSession {
    let connection: SignedInConnection
    let sending: any EventSending
    let place: AMQPEndpointConnector.Place

    var bounds: DeliveryBounds { sending.bounds }

    func send(_ events: [OutboundEvent]) {
        sending.send(events)
    }

    func ended() async -> EndpointFailure? {
        await sending.ended()
    }

    func adopt(_ connector: any EndpointConnector) async throws(EndpointFailure) -> Bool {
        guard let tokens = connection.tokens, let other = connector as? AMQPEndpointConnector, other.place == place, let signIn = other.signIn
        else { return false }
        try await tokens.adopt(signIn)
        return true
    }

    func close() async {
        await sending.close()
        await connection.close()
    }
}
