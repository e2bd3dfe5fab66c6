/// One thing that was tried, and what came of it.
public struct CheckStep: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case ok
        /// Works now; will not, or not well, before long.
        case warning
        case failed
        /// Not tried, or nothing to be told.
        case skipped
    }

    public var name: String
    /// `primary` or `secondary`; `nil` where it is the same for every key.
    public var key: String?
    public var outcome: Outcome
    public var detail: String
    /// What to do about it.
    public var remedy: String?
    /// `nil` where nothing was tried.
    public var duration: Duration?

    public init(
        _ name: String, key: String? = nil, _ outcome: Outcome, _ detail: String, remedy: String? = nil, duration: Duration? = nil
    ) {
        self.name = name
        self.key = key
        self.outcome = outcome
        self.detail = detail
        self.remedy = remedy
        self.duration = duration
    }
}

/// A broker or an endpoint, and its steps in the order in which they were tried.
public struct TargetReport: Sendable, Hashable {
    /// `broker` or `endpoint`.
    public var kind: String
    public var name: String
    /// Where it is and what it is; no secret is in it.
    public var place: String
    public var steps: [CheckStep]

    public init(kind: String, name: String, place: String, steps: [CheckStep] = []) {
        self.kind = kind
        self.name = name
        self.place = place
        self.steps = steps
    }
}

/// What all targets had to say, in the order of the configuration.
public struct CheckReport: Sendable, Hashable {
    public var targets: [TargetReport]

    public init(targets: [TargetReport]) {
        self.targets = targets
    }

    public func count(_ outcome: CheckStep.Outcome) -> Int {
        targets.reduce(0) { $0 + $1.steps.count { $0.outcome == outcome } }
    }

    public var hasFailed: Bool { count(.failed) > 0 }
}
