import NIOCore

/// A link that sends. Any thread may use it.
public final class Sender: Sendable {
    /// Bytes, as the peer said in its attach; 0 = no limit. A longer message is not sent, and is
    /// reported as rejected with `amqp:link:message-size-exceeded`.
    public let maxMessageSize: UInt64
    public let address: String

    private let link: NIOLoopBound<SendingLink>
    private let engine: NIOLoopBound<Engine>
    private let inbox = SenderInbox()
    private let connection: Connection
    private let ending: Ending

    /// On the event loop.
    init(_ link: SendingLink, on connection: Connection) {
        let eventLoop = connection.eventLoop
        maxMessageSize = link.maxMessageSize
        address = link.address
        self.link = NIOLoopBound(link, eventLoop: eventLoop)
        engine = NIOLoopBound(link.engine, eventLoop: eventLoop)
        self.connection = connection
        let ending = Ending()
        self.ending = ending
        let inbox = inbox
        link.onEnded = { error in
            inbox.close()
            ending.report(error)
        }
    }

    /// Queues deliveries; they go out in the order of the calls as the peer's credit allows.
    ///
    /// The queue has no bound of its own: the caller bounds what it has unsettled.
    public func send(_ deliveries: [OutgoingDelivery]) {
        guard !deliveries.isEmpty, inbox.put(deliveries) else { return }
        connection.eventLoop.execute { self.takeInbox() }
    }

    private func takeInbox() {
        link.value.enqueue(inbox.take())
        engine.value.process()
    }

    /// Sends one encoded message and waits for its outcome.
    public func send(_ bytes: [UInt8]) async throws(AMQPError) -> Outcome {
        try await withCheckedContinuation { (continuation: CheckedContinuation<Result<Outcome, AMQPError>, Never>) in
            connection.eventLoop.execute {
                // Behind what was put before.
                self.link.value.enqueue(self.inbox.take())
                self.link.value.enqueue(bytes) { continuation.resume(returning: $0) }
                self.engine.value.process()
            }
        }.get()
    }

    /// Detaches. What is still queued is not sent.
    public func detach() async {
        connection.eventLoop.execute {
            self.engine.value.detach(self.link.value)
            self.engine.value.process()
        }
        _ = await ending.error
    }

    /// Waits until the link has ended. Nil: this side ended it, or the waiting task was cancelled.
    public var ended: AMQPError? {
        get async { await ending.error }
    }
}
