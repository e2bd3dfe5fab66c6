/// When a token is renewed. Decides; does nothing else.
struct TokenSchedule: Sendable, Hashable {
    /// The longest pause between two tries.
    static let longestPause: Duration = .seconds(60)
    /// The longest time that a far side's wish to wait is kept to.
    static let longestPatience: Duration = .seconds(300)

    private(set) var failures = 0

    /// A token was accepted.
    ///
    /// At half of its life: a clock that is twenty minutes off then costs nothing with tokens of an
    /// hour, and there is as much time again for tries that fail.
    ///
    /// - Parameter life: how long it still holds.
    /// - Returns: how long to wait before the next one.
    mutating func accepted(life: Duration) -> Duration {
        failures = 0
        return max(.seconds(1), life / 2)
    }

    /// A renewal failed; the token before goes on to hold.
    ///
    /// - Parameters:
    ///   - random: from 0 to 1, so that bridges do not come all at once.
    ///   - retryAfter: how long the far side asks to wait; that is kept to, within reason.
    /// - Returns: how long to wait before the next try.
    mutating func failed(random: Double, retryAfter: Duration? = nil) -> Duration {
        failures += 1
        let limit = min(Self.longestPause, .seconds(1 << min(failures, 6)))
        return max(limit * (0.5 + random / 2), min(retryAfter ?? .zero, Self.longestPatience))
    }
}
