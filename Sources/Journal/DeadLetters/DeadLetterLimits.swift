/// How many dead letters are kept, of all endpoints together. The oldest leave.
public struct DeadLetterLimits: Sendable, Hashable {
    public var count: Int
    /// Headers and bodies as they are on disk.
    public var bytes: Int

    public init(count: Int = 100_000, bytes: Int = 1024 * 1024 * 1024) {
        self.count = count
        self.bytes = bytes
    }
}

/// Some dead letters.
struct LetterTotals: Sendable, Hashable {
    var count = 0
    var bytes = 0
}
