import Azure

/// Which key is used next: the other one at once when one is refused, and a wait only when all were.
struct KeyRing: Sendable, Hashable {
    private(set) var inUse = EndpointKey.primary
    private(set) var hasSecondary: Bool
    private(set) var primary = KeyHealth()
    private(set) var secondary = KeyHealth()
    /// Grows with each replacement, so that what is found of an old key is not said of a new one.
    private(set) var generation = 0
    /// Refused since an event was accepted, or since all were refused. A key that signs in but may
    /// not send stays in, so that two such keys do not take turns for ever.
    private var refusedThisRound: Set<EndpointKey> = []

    init(hasSecondary: Bool) {
        self.hasSecondary = hasSecondary
    }

    var hasRefusals: Bool { !refusedThisRound.isEmpty }

    /// The key that is not used, where there is one.
    var idle: EndpointKey? { hasSecondary ? inUse.other : nil }

    subscript(key: EndpointKey) -> KeyHealth {
        get { key == .primary ? primary : secondary }
        set { if key == .primary { primary = newValue } else { secondary = newValue } }
    }

    /// The key in use signed in.
    mutating func worked(now: Duration) {
        note(inUse, .works, nil, now)
    }

    /// An event was accepted.
    mutating func progressed() {
        refusedThisRound.removeAll()
    }

    /// The key in use was refused.
    ///
    /// - Returns: whether the other one is worth a try; it is then the one in use.
    mutating func refused(_ condition: String, now: Duration) -> Bool {
        note(inUse, .refused, condition, now)
        refusedThisRound.insert(inUse)
        if let other = idle, !refusedThisRound.contains(other) {
            inUse = other
            return true
        }
        refusedThisRound.removeAll()
        inUse = .primary
        return false
    }

    /// The live session went over to that key; the one before was refused where a failure is named.
    mutating func adopted(_ key: EndpointKey, insteadOf refusal: String?, now: Duration) {
        if let refusal, key != inUse {
            note(inUse, .refused, refusal, now)
            refusedThisRound.insert(inUse)
        }
        refusedThisRound.remove(key)
        inUse = key
        worked(now: now)
    }

    /// A probe of the idle key came back: `nil` when it signed in.
    ///
    /// - Returns: whether that is news.
    mutating func probed(_ key: EndpointKey, _ failure: EndpointFailure?, generation: Int, now: Duration) -> Bool {
        guard generation == self.generation, key != inUse else { return false }
        let before = self[key].verdict
        switch failure?.kind {
        case nil: note(key, .works, nil, now)
        case .unauthorized: note(key, .refused, failure?.condition, now)
        default: note(key, .unknown, failure?.condition, now)
        }
        return self[key].verdict != before
    }

    /// The operator gave new keys.
    mutating func replaced(hasSecondary: Bool) {
        let generation = generation
        self = KeyRing(hasSecondary: hasSecondary)
        self.generation = generation + 1
    }

    private mutating func note(_ key: EndpointKey, _ verdict: KeyHealth.Verdict, _ condition: String?, _ now: Duration) {
        let since = self[key].verdict == verdict ? self[key].since : now
        self[key] = KeyHealth(verdict: verdict, condition: condition, since: since)
    }
}
