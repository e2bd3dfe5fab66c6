/// Finds the event that spoils a refused delivery by halving.
///
/// Counts from the front of a subject's events. The first ``suspects`` of them hold at least one
/// that the far side refuses; what stands behind them was not tried.
struct PoisonSearch: Sendable, Hashable {
    private(set) var suspects: Int
    /// Two events that are too large together need not be so alone.
    private let endsWithAcceptance: Bool

    init(refused count: Int, isTooLarge: Bool) {
        suspects = count
        endsWithAcceptance = isTooLarge
    }

    /// How many to send next.
    var nextCount: Int { max(1, suspects / 2) }
    var isOver: Bool { suspects <= 0 }

    mutating func accepted(_ count: Int) {
        suspects = endsWithAcceptance ? 0 : suspects - count
    }

    /// - Returns: whether the guilty one is found: the event at the front, which was sent alone.
    mutating func refused(_ count: Int) -> Bool {
        suspects = count == 1 ? 0 : count
        return count == 1
    }
}
