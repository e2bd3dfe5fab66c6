/// Which of an endpoint's two connection strings.
public enum EndpointKey: String, Sendable, Hashable, CaseIterable {
    case primary, secondary

    var other: EndpointKey { self == .primary ? .secondary : .primary }
}

/// What is known of a key.
public struct KeyHealth: Sendable, Hashable {
    public enum Verdict: String, Sendable, Hashable {
        case untested
        case works
        case refused
        /// The far side could not be asked.
        case unknown
    }

    public var verdict: Verdict
    /// What the far side said, where it did not accept the key.
    public var condition: String?
    /// When that was found, by the delivery clock.
    public var since: Duration

    public init(verdict: Verdict = .untested, condition: String? = nil, since: Duration = .zero) {
        self.verdict = verdict
        self.condition = condition
        self.since = since
    }
}
