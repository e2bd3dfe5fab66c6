/// How many events go in one transfer (`batch:` in the configuration).
public struct BatchLimits: Sendable, Hashable {
    /// Events of a batch, at least one.
    public var events: Int
    /// Bytes of a batch. The link's max-message-size holds beside it, and alone where this is `nil`.
    public var bytes: Int?
    /// How long a batch that is not full waits for more events.
    public var linger: Duration

    public init(events: Int = 500, bytes: Int? = nil, linger: Duration = .zero) {
        self.events = max(1, events)
        self.bytes = bytes
        self.linger = linger
    }

    /// Where a link names no limit: what Event Hubs and Service Bus take (reference 4.9).
    static let bytesWithoutLimit = 1 << 20
}
