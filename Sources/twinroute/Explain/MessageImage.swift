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

    var endpoint: EndpointDefinition
    /// `nil` where this version has no way to the endpoint.
    var message: Message?

    init(of notification: Notification, for endpoint: EndpointDefinition) throws {
        self.endpoint = endpoint
        guard endpoint.type != .eventGrid else { return }
        let writer = EndpointConnectors.writer(for: endpoint)
        var bytes: [UInt8] = []
        try writer.append(notification, to: &bytes)
        message = Message(
            bytes: bytes, partitionKey: writer.partitionKey(of: notification),
            content: ReceivedEvent(try AMQPMessage(parsing: bytes)))
    }
}
