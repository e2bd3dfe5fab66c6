import AMQP
import AMQPCodec

/// What a name stands for.
///
/// A declared entity is what it was declared as. A name that somebody made up on the fly is an event
/// hub to begin with, and keeps what it is sent; the first who receives from it as Service Bus clients
/// do gets a queue, or a subscription, that is filled from there. So nobody has to guess what a
/// sender meant: its attach does not tell.
final class Entity {
    let name: String
    let isDeclared: Bool
    private(set) var hub: EventHub?
    private(set) var queue: Queue?
    private(set) var topic: Topic?
    private let defaults: EntityDefaults
    private let alarm: Alarm
    private let storage: ContentsStore?
    private let forward: (String, [AMQPMessageBytes]) -> Void

    /// - Parameters:
    ///   - createdAt: nil: now.
    ///   - storage: nil: in memory only.
    ///   - forward: takes messages to another entity.
    init(
        _ name: String, _ definition: EntityDefinition?, defaults: EntityDefaults, alarm: Alarm,
        createdAt: Milliseconds? = nil, storage: ContentsStore? = nil,
        forward: @escaping (String, [AMQPMessageBytes]) -> Void
    ) {
        self.name = name
        self.defaults = defaults
        self.alarm = alarm
        self.storage = storage
        self.forward = forward
        isDeclared = definition != nil
        switch definition?.kind {
        case nil: hub = makeHub(defaults.hub, createdAt)
        case .hub(let settings): hub = makeHub(settings, createdAt)
        case .queue(let settings): queue = makeQueue(name, settings)
        case .topic(let subscriptions, let window):
            let topic = Topic(duplicateWindow: window)
            for subscription in subscriptions {
                topic.add(Topic.Subscription(
                    name: subscription.name, rules: subscription.rules,
                    queue: makeQueue("\(name)/Subscriptions/\(subscription.name)", subscription.settings)))
            }
            self.topic = topic
        }
    }

    private func makeHub(_ settings: EventHub.Settings, _ createdAt: Milliseconds?) -> EventHub {
        EventHub(name: name, settings: settings, createdAt: createdAt ?? alarm.now, storage: storage)
    }

    private func makeQueue(_ path: String, _ settings: QueueSettings) -> Queue {
        guard let target = settings.forwardDeadLettersTo else {
            return Queue(path: path, settings: settings, alarm: alarm.another(), storage: storage)
        }
        let forward = forward
        return Queue(path: path, settings: settings, alarm: alarm.another(), storage: storage) { dead in
            if let message = try? AMQPMessageBytes(dead.bytes) { forward(target, [message]) }
        }
    }

    // MARK: In

    func publish(_ publication: Publication, to partition: Int?) throws(Refusal) {
        if let hub {
            try hub.publish(publication, to: partition, at: alarm.now)
        } else if partition != nil {
            throw Refusal("amqp:not-allowed", "'\(name)' is no event hub and has no partitions")
        }
        guard queue != nil || topic != nil else { return }
        try enqueue(try messages(of: publication))
    }

    private func messages(of publication: Publication) throws(Refusal) -> [AMQPMessageBytes] {
        do throws(AMQPDecodingError) {
            return try publication.messages.map { message throws(AMQPDecodingError) in try AMQPMessageBytes(message) }
        } catch {
            throw Refusal("amqp:decode-error", "\(error)")
        }
    }

    func enqueue(_ messages: [AMQPMessageBytes]) throws(Refusal) {
        topic?.publish(messages, at: alarm.now)
        for subscription in topic?.subscriptions ?? [] { try subscription.queue.checkSaved() }
        guard let queue else { return }
        if let target = queue.state.settings.forwardTo { return forward(target, messages) }
        let results = queue.enqueue(messages.map { QueuedMessage($0.bytes, $0.message) })
        if results.contains(.full) {
            throw Refusal("amqp:resource-limit-exceeded", "queue '\(name)' is full (\(queue.state.settings.byteLimit) bytes)")
        }
        if results.contains(.needsSession) {
            throw Refusal("amqp:not-allowed", "queue '\(name)' requires sessions; set the session id")
        }
        try queue.checkSaved()
    }

    // MARK: Back from a file

    /// - Parameter paths: of the queues and subscriptions that the file has.
    func restore(_ paths: [String]) throws(ContentsError) {
        try hub?.restore(at: alarm.now)
        if !isDeclared { makeViews(paths) }
        for queue in queues { try queue.restore() }
    }

    /// A name made on the fly becomes again what its readers took it for.
    private func makeViews(_ paths: [String]) {
        let prefix = "\(name)/Subscriptions/".lowercased()
        for path in paths {
            let lower = path.lowercased()
            if lower == name.lowercased() {
                queue = makeQueue(path, defaults.queue)
            } else if lower.hasPrefix(prefix), !lower.hasSuffix("/$deadletterqueue") {
                let topic = topic ?? Topic()
                self.topic = topic
                topic.add(Topic.Subscription(
                    name: String(path.dropFirst(prefix.count)), rules: [.all], queue: makeQueue(path, defaults.queue)))
            }
        }
    }

    // MARK: Views of a name made on the fly

    func queueView() throws(Refusal) -> Queue {
        if let queue { return queue }
        guard !isDeclared else { throw Refusal("amqp:not-allowed", "'\(name)' is no queue") }
        let view = filledQueue(name)
        queue = view
        return view
    }

    func subscriptionView(_ subscription: String) throws(Refusal) -> Queue {
        if let known = topic?.subscription(subscription) { return known.queue }
        guard !isDeclared else {
            throw Refusal("amqp:not-found", "The messaging entity '\(name)/Subscriptions/\(subscription)' could not be found.")
        }
        let topic = topic ?? Topic()
        self.topic = topic
        guard topic.subscriptions.count < defaults.maximumSubscriptions else {
            throw Refusal("amqp:resource-limit-exceeded", "'\(name)' has \(topic.subscriptions.count) subscriptions already")
        }
        let view = filledQueue("\(name)/Subscriptions/\(subscription)")
        topic.add(Topic.Subscription(name: subscription, rules: [.all], queue: view))
        return view
    }

    /// A new queue with what the name has been sent and still holds.
    private func filledQueue(_ path: String) -> Queue {
        let queue = makeQueue(path, defaults.queue)
        guard let hub else { return queue }
        let events = hub.partitions.flatMap { partition in
            (partition.firstSequence..<partition.nextSequence).compactMap { partition.event(atOrAfter: $0) }
        }
        let messages = events.sorted { $0.arrival < $1.arrival }.compactMap { try? QueuedMessage($0.bytes) }
        _ = queue.enqueue(messages)
        return queue
    }

    private var queues: [Queue] { (queue.map { [$0] } ?? []) + (topic?.subscriptions.map(\.queue) ?? []) }

    /// Of all that it holds; what hub and queues share counts for each.
    var bytes: Int { (hub?.bytes ?? 0) + queues.reduce(0) { $0 + $1.state.bytes } }

    /// Lets the oldest go of what may be dropped at all.
    func shrink(to limit: Int) {
        let parts = queues.count + (hub == nil ? 0 : 1)
        hub?.shrink(to: limit / max(1, parts))
        for queue in queues where queue.state.settings.dropsOldest { queue.change { $0.shrink(to: limit / parts) } }
    }

    func stop() {
        queue?.stop()
        for subscription in topic?.subscriptions ?? [] { subscription.queue.stop() }
    }
}

/// What an entity made on the fly is like.
struct EntityDefaults: Sendable {
    var hub: EventHub.Settings
    var queue: QueueSettings
    let maximumSubscriptions = 50

    init(partitions: Int, byteLimit: Int) {
        hub = EventHub.Settings(partitions: partitions, consumerGroups: nil, byteLimit: byteLimit, retention: nil)
        queue = QueueSettings(byteLimit: byteLimit, dropsOldest: true)
    }
}
