import AMQP
import AMQPCodec

/// A topic: every message goes to each subscription that has a rule for it.
final class Topic {
    struct Subscription {
        let name: String
        let rules: [SubscriptionRule]
        let queue: Queue

        func wants(_ message: AMQPMessage) -> Bool { rules.contains { $0.matches(message) } }
    }

    private(set) var subscriptions: [Subscription] = []
    private var duplicates: DuplicateWindow?
    /// What a scheduled message became in the subscriptions, by the number that its sender got.
    private var scheduled: [Int64: [(queue: Queue, sequence: Int64)]] = [:]
    private var lastScheduled: Int64 = 0

    private static let maximumScheduled = 100_000

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

    /// The subscriptions hold the message until its time.
    func schedule(_ message: AMQPMessageBytes) -> Int64? {
        guard scheduled.count < Self.maximumScheduled else { return nil }
        let queued = QueuedMessage(message.bytes, message.message)
        lastScheduled += 1
        scheduled[lastScheduled] = subscriptions.filter { $0.wants(message.message) }.compactMap { subscription in
            guard case .enqueued(let sequence)? = subscription.queue.enqueue([queued]).first else { return nil }
            return (subscription.queue, sequence)
        }
        return lastScheduled
    }

    /// False where it is too late, or there is no such message.
    func cancelScheduled(_ number: Int64) -> Bool {
        guard let places = scheduled.removeValue(forKey: number) else { return false }
        return places.map { place in place.queue.change { $0.cancelScheduled(place.sequence) } }.contains(true)
    }

    func publish(_ messages: [AMQPMessageBytes], at now: Milliseconds) {
        for message in messages {
            let queued = QueuedMessage(message.bytes, message.message)
            if let id = queued.messageID, duplicates?.admit(id, at: now) == false { continue }
            for subscription in subscriptions where subscription.wants(message.message) {
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
