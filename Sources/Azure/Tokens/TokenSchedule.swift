/// When a token is renewed. Decides; does nothing else.
struct TokenSchedule: Sendable, Hashable {
    /// The longest pause between two tries.
    static let longestPause: Duration = .seconds(60)

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
    /// - Parameter random: from 0 to 1, so that bridges do not come all at once.
    /// - Returns: how long to wait before the next try.
    mutating func failed(random: Double) -> Duration {
        failures += 1
        let limit = min(Self.longestPause, .seconds(1 << min(failures, 6)))
        return limit * (0.5 + random / 2)
    }
}
