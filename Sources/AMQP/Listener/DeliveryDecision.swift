/// What a listener's delegate says about a delivery.
public enum DeliveryDecision: Sendable, Hashable {
    case settle(Outcome)
    /// ``ListenerLink/settle(_:as:)`` follows, or never does.
    case later
}
