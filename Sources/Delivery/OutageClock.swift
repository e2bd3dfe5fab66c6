/// How long an outage may last, and how long its backlog takes to leave, at the present rates.
public struct OutageClock: Sendable, Hashable {
    public var waitingBytes: Int64
    /// `nil`: no limit.
    public var limitBytes: Int64?
    /// Bytes a second.
    public var rateIn: Double
    public var rateOut: Double

    public init(waitingBytes: Int64, limitBytes: Int64?, rateIn: Double, rateOut: Double) {
        self.waitingBytes = waitingBytes
        self.limitBytes = limitBytes
        self.rateIn = rateIn
        self.rateOut = rateOut
    }

    /// Seconds until the limit is reached; 0 where it is, `nil` where it never will be.
    public var secondsUntilFull: Double? {
        guard let limitBytes else { return nil }
        if waitingBytes >= limitBytes { return 0 }
        let growth = rateIn - rateOut
        return growth > 0 ? Double(limitBytes - waitingBytes) / growth : nil
    }

    /// Seconds until nothing waits; 0 where nothing does, `nil` while the backlog does not shrink.
    public var secondsUntilDrained: Double? {
        if waitingBytes <= 0 { return 0 }
        let shrinkage = rateOut - rateIn
        return shrinkage > 0 ? Double(waitingBytes) / shrinkage : nil
    }
}
