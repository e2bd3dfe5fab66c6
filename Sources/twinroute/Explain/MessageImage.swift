import AMQPCodec
import Azure
import Notifications
import Routing
import Settings

/// The message that an endpoint gets for an event: its bytes, and what a reader finds in them.
struct MessageImage {
    /// An AMQP message.
    struct Message {
        var bytes: [UInt8]
        var partitionKey: String?
        /// Read back from ``bytes``.
        var content: ReceivedEvent
    }

    enum Content {
        case amqp(Message)
        /// An event of a request to a topic, in JSON.
        case eventGrid([UInt8])
    }

    var endpoint: EndpointDefinition
    var content: Content

    init(of notification: Notification, for endpoint: EndpointDefinition) throws {
        self.endpoint = endpoint
        var bytes: [UInt8] = []
        guard endpoint.type != .eventGrid else {
            try EventGridEndpoint.writer(for: endpoint).append(notification, to: &bytes)
            content = .eventGrid(bytes)
            return
        }
        let writer = EndpointConnectors.writer(for: endpoint)
        try writer.append(notification, to: &bytes)
        content = .amqp(
            Message(
                bytes: bytes, partitionKey: writer.partitionKey(of: notification),
                content: ReceivedEvent(try AMQPMessage(parsing: bytes))))
    }
}
