/// What a listener's connections ask and tell.
///
/// Everything is called on the event loop of the connection in question and must not block;
/// connections may be on several event loops. What is done through ``ListenerConnection`` and
/// ``ListenerLink`` from within a call happens after it.
public protocol ListenerDelegate: Sendable {
    /// A client is authenticated and has opened. Nil lets it in; a condition closes the connection.
    func opened(_ connection: ListenerConnection) -> ErrorCondition?
    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision
    /// The link was accepted and is open.
    func attached(_ link: ListenerLink)
    /// A whole message came on a receiving link.
    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision
    /// The client's credit changed on a sending link; `credit` is what it has for us now.
    func creditChanged(_ credit: Int, on link: ListenerLink)
    /// Outcomes of what was sent on a sending link.
    func settled(_ settlements: [Settlement], on link: ListenerLink)
    /// Nil: without an error. Links end before their connection.
    func detached(_ link: ListenerLink, error: AMQPError?)
    /// Nil: properly closed.
    func closed(_ connection: ListenerConnection, error: AMQPError?)
    /// A client came and went without being let in: garbage, wrong password, failed handshake.
    func failed(peer: String, error: AMQPError)
}

extension ListenerDelegate {
    public func opened(_ connection: ListenerConnection) -> ErrorCondition? { nil }
    public func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision { .accept() }
    public func attached(_ link: ListenerLink) {}
    public func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision { .settle(.accepted) }
    public func creditChanged(_ credit: Int, on link: ListenerLink) {}
    public func settled(_ settlements: [Settlement], on link: ListenerLink) {}
    public func detached(_ link: ListenerLink, error: AMQPError?) {}
    public func closed(_ connection: ListenerConnection, error: AMQPError?) {}
    public func failed(peer: String, error: AMQPError) {}
}
