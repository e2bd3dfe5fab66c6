/// What may wait for an endpoint, and what happens when that is reached (design.md, promise 5).
public struct BacklogLimits: Sendable, Hashable {
    /// What happens at a limit.
    public enum Policy: Sendable, Hashable, CaseIterable {
        /// The gate closes; nothing leaves.
        case block
        /// The oldest leave for good: counted as dropped above the limit on bytes, as expired above
        /// that on age.
        case dropOldest
        /// The oldest go to the dead letters.
        case deadLetter
    }

    /// Headers and bodies of what waits, as they are on disk.
    public var bytes: Int
    /// The age at which an event that waits is too old; `nil`: it never is.
    public var age: Duration?
    public var whenFull: Policy

    public init(bytes: Int, age: Duration? = nil, whenFull: Policy) {
        self.bytes = bytes
        self.age = age
        self.whenFull = whenFull
    }
}

extension DeadLetterReason {
    static func backlogFull(limit: Int) -> DeadLetterReason {
        DeadLetterReason(
            condition: "twinroute:backlog-full",
            description: "more than the limit of \(limit) bytes waited for the endpoint")
    }

    static func expired(limit: Duration) -> DeadLetterReason {
        DeadLetterReason(
            condition: "twinroute:expired", description: "the event waited longer than the limit of \(limit)")
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product + attoseconds / 1_000_000_000_000_000
    }
}
