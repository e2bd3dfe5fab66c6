import AMQP
import AMQPCodec

/// A topic: every message goes to each subscription that has a rule for it.
final class Topic {
    struct Subscription {
        let name: String
        let rules: [SubscriptionRule]
        let queue: Queue
    }

    private(set) var subscriptions: [Subscription] = []
    private var duplicates: DuplicateWindow?

    init(duplicateWindow: Milliseconds? = nil) {
        duplicates = duplicateWindow.map { DuplicateWindow(length: $0) }
    }

    func subscription(_ name: String) -> Subscription? {
        let name = name.lowercased()
        return subscriptions.first { $0.name.lowercased() == name }
    }

    func add(_ subscription: Subscription) {
        subscriptions.append(subscription)
    }

    func publish(_ messages: [AMQPMessageBytes], at now: Milliseconds) {
        for message in messages {
            let queued = QueuedMessage(message.bytes, message.message)
            if let id = queued.messageID, duplicates?.admit(id, at: now) == false { continue }
            for subscription in subscriptions where subscription.rules.contains(where: { $0.matches(message.message) }) {
                _ = subscription.queue.enqueue([queued])
            }
        }
    }
}

/// A message and what it was taken apart into.
struct AMQPMessageBytes {
    var bytes: ArraySlice<UInt8>
    var message: AMQPMessage

    init(_ bytes: ArraySlice<UInt8>) throws(AMQPDecodingError) {
        self.bytes = bytes
        message = try AMQPMessage(parsing: bytes)
    }
}
