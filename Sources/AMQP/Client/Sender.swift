/// A link that sends. Any thread may use it.
public final class Sender: Sendable {
    /// Bytes, as the peer said in its attach; 0 = no limit. A longer message is not sent, and is
    /// reported as rejected with `amqp:link:message-size-exceeded`.
    public let maxMessageSize: UInt64
    public let address: String

    private let link: LinkHandle<SendingLink>
    private let inbox = SenderInbox()

    /// On the event loop.
    init(_ link: SendingLink, on connection: Connection) {
        maxMessageSize = link.maxMessageSize
        address = link.address
        let inbox = inbox
        self.link = LinkHandle(link, on: connection) { _ in inbox.close() }
    }

    /// Queues deliveries; they go out in the order of the calls as the peer's credit allows.
    ///
    /// The queue has no bound of its own: the caller bounds what it has unsettled.
    public func send(_ deliveries: [OutgoingDelivery]) {
        guard !deliveries.isEmpty, inbox.put(deliveries) else { return }
        let inbox = inbox
        link.perform { $0.enqueue(inbox.take()) }
    }

    /// Sends one encoded message and waits for its outcome.
    public func send(_ bytes: [UInt8]) async throws(AMQPError) -> Outcome {
        try await withCheckedContinuation { (continuation: CheckedContinuation<Result<Outcome, AMQPError>, Never>) in
            let inbox = inbox
            link.perform { link in
                // Behind what was put before.
                link.enqueue(inbox.take())
                link.enqueue(bytes) { continuation.resume(returning: $0) }
            }
        }.get()
    }

    /// Detaches. What is still queued is not sent.
    public func detach() async {
        await link.detach()
    }

    /// Waits until the link has ended. Nil: this side ended it, or the waiting task was cancelled.
    public var ended: AMQPError? {
        get async { await link.ended }
    }
}
