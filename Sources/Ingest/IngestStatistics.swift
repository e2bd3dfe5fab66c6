/// What came in and what became of it. All are counts of messages since the start.
public struct IngestStatistics: Sendable, Hashable {
    /// Read from the broker.
    public var received = 0
    /// On disk and acknowledged.
    public var journalled = 0
    /// Wanted by no route; acknowledged without a record.
    public var filtered = 0
    /// By ``RefusalReason/label``; acknowledged without a record.
    public var refused: [String: Int] = [:]
    /// Read, but the commit failed; not acknowledged, the broker sends them again.
    public var returned = 0

    public init() {}
}
