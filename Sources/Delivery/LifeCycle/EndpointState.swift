/// Where an endpoint stands.
public enum EndpointState: String, Sendable, Hashable, CaseIterable {
    /// Not started, or stopped.
    case idle
    /// On the way to the far side, up to its listening.
    case connecting
    /// The far side listens; the right to send is asked for.
    case authenticating
    case sending
    /// Connected, but asked to wait.
    case throttled
    /// Not connected, and waiting before the next try.
    case backingOff = "backing off"
    /// As backing off, for every key was refused.
    case unauthorized
    /// Switched off by the operator; its events wait.
    case disabled
    /// Nothing new is sent, what is under way comes home.
    case draining
}

extension EndpointState: CustomStringConvertible {
    public var description: String { rawValue }
}
