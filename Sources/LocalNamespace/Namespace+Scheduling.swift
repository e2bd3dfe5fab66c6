import AMQP
import AMQPCodec

extension Namespace {
    /// Holds a message back until the time that it names; returns the number to cancel it with.
    func schedule(_ message: AMQPMessageBytes, at node: NodeAddress) throws(Refusal) -> Int64 {
        if case .entity(let name) = node, let topic = try entities.entity(name).topic {
            guard let number = topic.schedule(message) else {
                throw Refusal("amqp:resource-limit-exceeded", "'\(name)' has too many scheduled messages")
            }
            return number
        }
        guard let queue = try queue(at: node, isServiceBus: true),
            let admission = queue.enqueue([QueuedMessage(message.bytes, message.message)]).first
        else { throw Refusal("amqp:not-allowed", "'\(node.path)' takes no scheduled messages") }
        try queue.checkSaved()
        switch admission {
        case .enqueued(let sequence): return sequence
        // A duplicate is taken and forgotten, as one that is sent at once is.
        case .duplicate: return 0
        case .full: throw Refusal("amqp:resource-limit-exceeded", "'\(node.path)' is full")
        case .needsSession: throw Refusal("amqp:not-allowed", "'\(node.path)' requires sessions; set the session id")
        }
    }

    func cancelScheduled(_ number: Int64, at node: NodeAddress) throws(Refusal) {
        let isGone: Bool
        if case .entity(let name) = node, let topic = try entities.entity(name).topic {
            isGone = topic.cancelScheduled(number)
        } else {
            isGone = try queue(at: node, isServiceBus: true)?.change { $0.cancelScheduled(number) } ?? false
        }
        guard isGone else {
            throw Refusal("com.microsoft:message-not-found", "no scheduled message has the sequence number \(number)")
        }
    }
}
