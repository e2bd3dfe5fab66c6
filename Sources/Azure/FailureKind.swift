/// What kind of failure it was: all that a retry decision may rest on.
public enum FailureKind: String, Sendable, Hashable, CaseIterable {
    /// The far side or the way to it is broken for now.
    case transient
    /// The far side asks for less.
    case throttled
    /// The key or token was not accepted, or carries no right to send.
    case unauthorized
    case timedOut
    /// This event will never be accepted.
    case refused
    case tooLarge
    /// The entity does not exist or is disabled.
    case gone
    /// The fault is ours.
    case internalError
}
