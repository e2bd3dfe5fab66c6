/// What can happen to an endpoint.
public enum EndpointCommand: String, Sendable, Hashable, CaseIterable {
    /// The bridge starts.
    case start
    /// The far side listens.
    case connected
    /// The link is there: events may be sent.
    case attached
    /// A key was refused, and another was not tried yet.
    case keyRefused = "key refused"
    /// Every key was refused.
    case allKeysRefused = "all keys refused"
    /// The far side asks for less; the session lives.
    case throttle
    /// The session could not be made, or ended, for another reason.
    case failed
    /// The wait is over.
    case waitOver = "wait over"
    /// New keys that the live session could not take, or a reload that ends all waits.
    case changed
    case disable
    case enable
    /// Nothing is under way any more, or the time for that is over.
    case drained
    /// The bridge stops.
    case stop
}

extension EndpointCommand: CustomStringConvertible {
    public var description: String { rawValue }
}
