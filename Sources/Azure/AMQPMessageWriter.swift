import HeaderSerialization
import Notifications

/// Writes notifications as an AMQP entity wants them: body format, partition key and session.
public struct AMQPMessageWriter: Sendable {
    /// What the entity makes of a key, and of a message's properties.
    public enum Entity: Sendable, Hashable {
        /// The key chooses the partition.
        case eventHub
        /// The key is the session too: queues and topics with sessions take no message without one,
        /// and where both are there they have to be the same (reference 4.6).
        case queueOrTopic
    }

    private let serialization: AMQPSerialization
    private let body: BodyFormat
    let partitionBy: PartitionKey
    let entity: Entity

    public init(
        serialization: AMQPSerialization = AMQPSerialization(), body: BodyFormat = .json,
        partitionBy: PartitionKey = .subject, entity: Entity = .eventHub
    ) {
        self.serialization = serialization
        self.body = body
        self.partitionBy = partitionBy
        self.entity = entity
    }

    /// Messages of one key stay in order at the far side. As it goes on the wire: no longer than
    /// what the far sides take.
    public func partitionKey(of notification: Notification) -> String? {
        partitionBy.key(of: notification).map(AMQPSerialization.cutKey)
    }

    /// Whether what is written depends on the time: a queue or topic is told how long a message
    /// still lives.
    var needsTime: Bool { entity == .queueOrTopic }

    /// Appends one encoded message.
    ///
    /// - Parameters:
    ///   - nowMilliseconds: since 1970-01-01T00:00:00Z.
    ///   - inDataSection: as the content of a data section, the way a batch holds it.
    /// - Throws: where the body cannot be written in the format; `bytes` is then as it was.
    public func append(
        _ notification: Notification, nowMilliseconds: Int64? = nil, inDataSection: Bool = false, to bytes: inout [UInt8]
    ) throws(SerializationError) {
        // Not one variable for both: that would copy the notification where nothing is changed.
        guard body == .json else {
            return encode(try body.apply(to: notification), nowMilliseconds, inDataSection, into: &bytes)
        }
        encode(notification, nowMilliseconds, inDataSection, into: &bytes)
    }

    private func encode(
        _ notification: Notification, _ nowMilliseconds: Int64?, _ inDataSection: Bool, into bytes: inout [UInt8]
    ) {
        let key = partitionBy.key(of: notification)
        let isForServiceBus = entity == .queueOrTopic
        serialization.encode(
            notification, partitionKey: key, sessionID: isForServiceBus ? key : nil,
            nowMilliseconds: isForServiceBus ? nowMilliseconds : nil, isForServiceBus: isForServiceBus,
            inDataSection: inDataSection, into: &bytes)
    }
}
