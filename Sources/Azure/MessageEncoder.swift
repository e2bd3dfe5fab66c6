import HeaderSerialization
import Notifications

/// What an endpoint of AMQP makes of an event: one message, the same wherever it is made, so that
/// what is shown of it beforehand is what leaves.
public struct MessageEncoder: Sendable {
    private let serialization: AMQPSerialization

    public init(serialization: AMQPSerialization = AMQPSerialization()) {
        self.serialization = serialization
    }

    /// Messages of one key stay in order at the far side.
    public func partitionKey(of notification: Notification) -> String? {
        notification.subject
    }

    /// Appends the encoded message.
    public func encode(_ notification: Notification, into bytes: inout [UInt8]) {
        serialization.encode(notification, partitionKey: partitionKey(of: notification), into: &bytes)
    }
}
