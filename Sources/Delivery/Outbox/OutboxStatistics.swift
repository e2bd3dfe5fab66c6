public import Azure

/// What an operator wants to know of one endpoint; counts are of events since the start.
public struct OutboxStatistics: Sendable, Hashable {
    public var delivered = 0
    public var deadLettered = 0
    /// Not taken when they were sent; sent again.
    public var returned = 0
    public var sessions = 0
    public var state = EndpointState.idle
    /// How long it has been in ``state``.
    public var stateAge: Duration = .zero
    public var keyInUse = EndpointKey.primary
    public var primaryKey = KeyHealth()
    /// `nil`: there is none.
    public var secondaryKey: KeyHealth?
    /// Until the next try, or until sending goes on; `nil` where nothing is waited for.
    public var waitLeft: Duration?
    /// Tries to connect that failed, in a row.
    public var failures = 0
    public var lastFailure: EndpointFailure?
    /// Sent and without an outcome.
    public var underWay = 0

    public init() {}

    public var isConnected: Bool { state == .sending || state == .throttled || state == .draining }
}
