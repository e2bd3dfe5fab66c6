import NIOCore

/// A link that receives. Any thread may use it; one task at a time takes messages.
public final class Receiver: Sendable {
    public let address: String

    private let link: NIOLoopBound<ReceivingLink>
    private let engine: NIOLoopBound<Engine>
    private let connection: Connection
    private let ending: Ending
    private let inbox = ReceiverInbox()

    /// On the event loop, before the attach.
    init(_ link: ReceivingLink, on connection: Connection) {
        let eventLoop = connection.eventLoop
        address = link.address
        self.link = NIOLoopBound(link, eventLoop: eventLoop)
        engine = NIOLoopBound(link.engine, eventLoop: eventLoop)
        self.connection = connection
        let ending = Ending()
        self.ending = ending
        let inbox = inbox
        link.sink = .batches { inbox.put($0) }
        link.onEnded = { error in
            inbox.end(error)
            ending.report(error)
        }
    }

    /// Messages in batches, as they came. Taking a batch gives the peer credit for as many more, so
    /// that never more than the link's credit wait here. Ends with the link, with its error.
    public var messages: Messages { Messages(receiver: self) }

    /// Settles deliveries of this link. Those settled before are passed over.
    public func settle(_ deliveries: [IncomingDelivery], as outcome: Outcome) {
        settle(deliveries.map(\.id), as: outcome)
    }

    /// Settles by ``IncomingDelivery/id``.
    public func settle(_ ids: [UInt64], as outcome: Outcome) {
        connection.eventLoop.execute {
            self.link.value.settle(ids, as: outcome)
            self.engine.value.process()
        }
    }

    /// Detaches. What was not settled goes back to the peer.
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

    fileprivate func next() async throws(AMQPError) -> [IncomingDelivery]? {
        guard let batch = try await inbox.next() else { return nil }
        connection.eventLoop.execute {
            self.link.value.consumed(batch.count)
            self.engine.value.process()
        }
        return batch
    }

    public struct Messages: AsyncSequence, Sendable {
        public typealias Element = [IncomingDelivery]
        public typealias Failure = AMQPError

        fileprivate let receiver: Receiver

        public func makeAsyncIterator() -> Iterator { Iterator(receiver: receiver) }

        public struct Iterator: AsyncIteratorProtocol {
            public typealias Element = [IncomingDelivery]
            public typealias Failure = AMQPError

            fileprivate let receiver: Receiver

            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(AMQPError) -> [IncomingDelivery]? {
                try await receiver.next()
            }

            public mutating func next() async throws(AMQPError) -> [IncomingDelivery]? {
                try await receiver.next()
            }
        }
    }
}
