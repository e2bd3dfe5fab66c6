import Azure

/// How long to wait before the next try: exponential with full jitter, within a rule.
struct BackOff: Sendable, Hashable {
    /// Failures in a row.
    private(set) var failures = 0

    /// - Parameters:
    ///   - hint: what the far side asks for. It is honoured, with up to a tenth on top, so that
    ///     not all who were told the same come back at once.
    ///   - random: from 0 to 1.
    mutating func next(_ rule: BackOffRule, hint: Duration? = nil, random: Double) -> Duration {
        let spread = min(rule.cap - rule.floor, rule.base * (1 << min(failures, 30)))
        failures += 1
        guard let hint else { return rule.floor + spread * random }
        return min(BackOffRule.longest, hint + hint * (random / 10))
    }

    mutating func reset() {
        failures = 0
    }
}
