/// A link that receives. Any thread may use it; one task at a time takes messages.
public final class Receiver: Sendable {
    public let address: String

    private let link: LinkHandle<ReceivingLink>
    private let inbox = ReceiverInbox()

    /// On the event loop, before the attach.
    init(_ link: ReceivingLink, on connection: Connection) {
        address = link.address
        let inbox = inbox
        link.sink = .batches { inbox.put($0) }
        self.link = LinkHandle(link, on: connection) { inbox.end($0) }
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
        link.perform { $0.settle(ids, as: outcome) }
    }

    /// Detaches. What was not settled goes back to the peer.
    public func detach() async {
        await link.detach()
    }

    /// Waits until the link has ended. Nil: this side ended it, or the waiting task was cancelled.
    public var ended: AMQPError? {
        get async { await link.ended }
    }

    fileprivate func next() async throws(AMQPError) -> [IncomingDelivery]? {
        guard let batch = try await inbox.next() else { return nil }
        link.perform { $0.consumed(batch.count) }
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
