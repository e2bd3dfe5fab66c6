/// What may wait for an endpoint, and what happens when that is reached (design.md, promise 5).
public struct EndpointLimits: Sendable, Hashable {
    /// Bytes of events that wait for the endpoint.
    public var bytes: Int
    /// The age at which a waiting event expires; `nil` keeps it for ever.
    public var age: Duration?
    public var whenFull: FullPolicy

    /// 2 GiB; events do not expire, for by promise 2 only a limit that the operator set may drop one.
    public init(bytes: Int = 2 << 30, age: Duration? = nil, whenFull: FullPolicy = .block) {
        self.bytes = bytes
        self.age = age
        self.whenFull = whenFull
    }
}

/// What happens to events for an endpoint whose limit is reached.
public enum FullPolicy: String, Sendable, Hashable, CaseIterable {
    /// The bridge stops reading, and the broker keeps the messages.
    case block
    case dropOldest = "drop-oldest"
    case deadLetter = "dead-letter"
}
