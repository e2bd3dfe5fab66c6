/// What kind of failure it was: all that a retry decision may rest on.
public enum FailureKind: String, Sendable, Hashable, CaseIterable {
    /// The far side or the way to it is broken for now.
    case transient
    /// The far side asks for less.
    case throttled
    /// The key or token was not accepted, or carries no right to send.
    case unauthorized
    case timedOut = "timed out"
    /// What was sent will never be accepted.
    case refused = "refused for good"
    case tooLarge = "too large"
    /// The entity does not exist or is disabled.
    case gone
    /// The fault is ours.
    case internalError = "internal"
}

extension FailureKind {
    /// Whether an event that failed like this is given up, alone and into the dead letters.
    public var isFinalForEvent: Bool { self == .refused || self == .tooLarge }

    /// Whether no event can get through while this lasts, so that the session is over.
    public var endsSession: Bool { self == .unauthorized || self == .gone }
}

extension FailureKind: CustomStringConvertible {
    public var description: String { rawValue }
}
