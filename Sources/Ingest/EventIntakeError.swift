import Journal

/// Why nothing of a request was stored.
public enum EventIntakeError: Error, Sendable, Hashable {
    /// Some of its events break rules; at least one.
    case refused([RefusedEvent])
    /// The events are good, and the journal could not keep them: send them again.
    case notStored(JournalError)
    /// The events are good, and nothing is taken in at present: send them again later.
    case gateClosed([GateReason])
}

/// A bad event of a request.
public struct RefusedEvent: Sendable, Hashable {
    /// Its place in the request, from 0.
    public var index: Int
    public var reason: RefusalReason

    public init(index: Int, reason: RefusalReason) {
        self.index = index
        self.reason = reason
    }
}
