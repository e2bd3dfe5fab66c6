/// How many dead letters are kept; beyond either limit the oldest go, counted.
public struct DeadLetterConfiguration: Sendable, Hashable {
    public var count: Int
    /// Bytes of their headers and bodies.
    public var bytes: Int

    public init(count: Int = 100_000, bytes: Int = 256 << 20) {
        self.count = count
        self.bytes = bytes
    }
}
