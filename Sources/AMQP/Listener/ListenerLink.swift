import NIOCore

/// A listener's end of one link. Any thread may use it.
public final class ListenerLink: Sendable, Hashable {
    public let connection: ListenerConnection
    public let request: LinkRequest
    public var role: LinkRole { request.role }
    /// The address that was agreed on, empty where the client named none.
    public let address: String

    private let link: NIOLoopBound<ProtonLink>
    private let engine: NIOLoopBound<Engine>
    private let eventLoop: any EventLoop
    private let inbox = SenderInbox()

    init(_ link: ProtonLink, request: LinkRequest, connection: ListenerConnection) {
        let engine = link.engine
        self.connection = connection
        self.request = request
        address = link.address
        eventLoop = engine.eventLoop
        self.link = NIOLoopBound(link, eventLoop: eventLoop)
        self.engine = NIOLoopBound(engine, eventLoop: eventLoop)
    }

    // MARK: Sending links

    /// Queues deliveries, which go out as the client's credit allows. Nothing on a receiving link.
    ///
    /// On the connection's event loop they are in the queue at once, and count against the next
    /// credit that the delegate is told.
    public func send(_ deliveries: [OutgoingDelivery]) {
        guard role == .sending, !deliveries.isEmpty else { return }
        if eventLoop.inEventLoop {
            (link.value as? SendingLink)?.enqueue(deliveries)
            engine.value.processSoon()
            return
        }
        guard inbox.put(deliveries) else { return }
        eventLoop.execute {
            (self.link.value as? SendingLink)?.enqueue(self.inbox.take())
            self.engine.value.process()
        }
    }

    /// Settles deliveries whose outcome was reported and not settled, on a link that was accepted
    /// with ``LinkSettings/settlesOutcomes`` off. Numbers that do not wait for it are passed over.
    public func confirm(_ ids: [UInt64], as outcome: Outcome) {
        eventLoop.execute {
            (self.link.value as? SendingLink)?.confirm(ids, as: outcome)
            self.engine.value.process()
        }
    }

    // MARK: Receiving links

    /// Settles deliveries that were left for ``DeliveryDecision/later``, by ``IncomingDelivery/id``.
    public func settle(_ ids: [UInt64], as outcome: Outcome) {
        withReceiving { $0.settle(ids, as: outcome) }
    }

    /// Gives the client so much more credit than it has.
    public func grant(_ credit: Int) {
        withReceiving { $0.grant(credit) }
    }

    /// Gives credit and asks for what there is at once; what is not used is taken back.
    public func drain(_ credit: Int) {
        withReceiving { $0.drain(credit) }
    }

    private func withReceiving(_ work: @escaping @Sendable (ReceivingLink) -> Void) {
        eventLoop.execute {
            guard let link = self.link.value as? ReceivingLink else { return }
            work(link)
            self.engine.value.process()
        }
    }

    // MARK: Both

    /// Ends the link, with a condition for the client where there is one.
    public func detach(_ condition: ErrorCondition? = nil) {
        eventLoop.execute {
            self.engine.value.detach(self.link.value, because: condition)
            self.engine.value.process()
        }
    }

    func closeInbox() {
        inbox.close()
    }

    public static func == (a: ListenerLink, b: ListenerLink) -> Bool { a === b }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
