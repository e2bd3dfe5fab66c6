import HeaderSerialization
import Notifications

/// Writes notifications as an AMQP entity wants them: body format, partition key and session.
public struct AMQPMessageWriter: Sendable {
    /// What the entity makes of a key.
    public enum Entity: Sendable, Hashable {
        /// The key chooses the partition.
        case eventHub
        /// The key is the session too: queues and topics with sessions take no message without one,
        /// and where both are there they have to be the same (reference 4.6).
        case queueOrTopic
    }

    private let serialization: AMQPSerialization
    private let body: BodyFormat
    private let partitionBy: PartitionKey
    private let entity: Entity

    public init(
        serialization: AMQPSerialization = AMQPSerialization(), body: BodyFormat = .json,
        partitionBy: PartitionKey = .subject, entity: Entity = .eventHub
    ) {
        self.serialization = serialization
        self.body = body
        self.partitionBy = partitionBy
        self.entity = entity
    }

    /// Messages of one key stay in order at the far side.
    public func partitionKey(of notification: Notification) -> String? {
        partitionBy.key(of: notification)
    }

    /// Appends one encoded message.
    ///
    /// - Throws: where the body cannot be written in the format; `bytes` is then as it was.
    public func append(_ notification: Notification, to bytes: inout [UInt8]) throws(SerializationError) {
        let key = partitionKey(of: notification)
        let sessionID = entity == .queueOrTopic ? key : nil
        if body == .json {
            serialization.encode(notification, partitionKey: key, sessionID: sessionID, into: &bytes)
        } else {
            serialization.encode(
                try body.apply(to: notification), partitionKey: key, sessionID: sessionID, into: &bytes)
        }
    }
}
