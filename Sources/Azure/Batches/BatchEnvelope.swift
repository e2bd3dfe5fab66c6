import AMQP
import AMQPCodec

/// The message around the events of a batch: one data section an event (reference 4.7).
struct BatchEnvelope: Sendable {
    /// Of the transfer that carries a batch.
    static let messageFormat: UInt32 = 0x8001_3700

    let entity: AMQPMessageWriter.Entity

    /// What stands before the data sections: the key, and for a queue or topic message-id and
    /// session of the first message. Nothing on the way to a partition, which takes no key.
    func head(_ route: BatchRoute, firstMessageID: String?) -> [UInt8] {
        guard case .key(let key) = route else { return [] }
        var envelope = AMQPMessage(messageAnnotations: [.symbol("x-opt-partition-key"): .string(key)])
        if entity == .queueOrTopic {
            envelope.properties.messageID = firstMessageID.map { .string($0) }
            envelope.properties.groupID = key
        }
        var bytes: [UInt8] = []
        envelope.encode(into: &bytes)
        return bytes
    }

    /// Whether a batch of one event may go as the plain message that it holds. A partition takes no
    /// message with a key, only an envelope whose messages have some.
    static func sendsSingleMessages(_ route: BatchRoute) -> Bool {
        if case .partition = route { false } else { true }
    }

    /// Bytes before the message in a data section: the descriptor, and a length of one byte or four.
    static func sectionHead(_ section: ArraySlice<UInt8>) -> Int {
        AMQPSize.section + (section.count <= AMQPSize.section + AMQPSize.variable(0xFF) ? 2 : 5)
    }
}
