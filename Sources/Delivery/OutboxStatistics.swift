import Azure

/// What an operator wants to know of one endpoint; counts are of events since the start.
public struct OutboxStatistics: Sendable, Hashable {
    public var delivered = 0
    public var deadLettered = 0
    /// Not taken when they were sent; sent again.
    public var returned = 0
    public var sessions = 0
    public var isConnected = false
    public var lastFailure: EndpointFailure?

    public init() {}
}
