/// How many events an endpoint gets in one transfer.
public struct EndpointBatch: Sendable, Hashable {
    /// The most events of a batch; 1 sends each in a message of its own. `nil`: ``defaultEvents`` for
    /// Event Hubs and Service Bus, 1 for another AMQP peer, which does not know their batch format.
    public var events: Int?
    /// The most bytes of a batch; the link's limit holds beside it.
    public var bytes: Int?
    /// How long a batch that is not full waits for more events.
    public var linger: Duration

    public static let defaultEvents = 500

    public init(events: Int? = nil, bytes: Int? = nil, linger: Duration = .zero) {
        self.events = events
        self.bytes = bytes
        self.linger = linger
    }
}
