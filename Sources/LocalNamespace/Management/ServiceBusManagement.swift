import AMQPCodec

/// `ENTITY/$management`: what Service Bus clients ask (reference 4.13).
final class ServiceBusManagement: RequestNode {
    private unowned let namespace: Namespace
    private let node: NodeAddress

    init(namespace: Namespace, node: NodeAddress) {
        self.namespace = namespace
        self.node = node
    }

    func answer(_ request: AMQPMessage, from client: Client) -> AMQPMessage {
        StatusNames.camelCase.answer(501, "not here", condition: "amqp:not-implemented")
    }
}
