/// What came in and what became of it. All are counts of messages since the start.
public struct IngestStatistics: Sendable, Hashable {
    /// Read from the broker or from a request.
    public var received = 0
    /// On disk and acknowledged.
    public var journalled = 0
    /// Sent again by the broker although journalled; acknowledged without a second record
    /// (``RedeliveryFilter``).
    public var recognised = 0
    /// Wanted by no route; acknowledged without a record.
    public var filtered = 0
    /// By ``RefusalReason/label``; acknowledged, or answered with the reason, without a record.
    public var refused: [String: Int] = [:]
    /// Read and good, but not stored, and its sender knows: the commit failed, and the broker sends
    /// them again; or they came over HTTP beside a bad one.
    public var returned = 0

    public init() {}

    /// What came and none of the other figures counts yet: on its way into the journal.
    public var underWay: Int {
        received - journalled - recognised - filtered - returned - refused.values.reduce(0, +)
    }
}
