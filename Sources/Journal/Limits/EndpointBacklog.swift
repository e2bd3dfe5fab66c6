/// What waits for an endpoint, and how fast it grows and shrinks: what it takes to say when a limit
/// is reached and when all is delivered.
public struct EndpointBacklog: Sendable, Hashable {
    public var events = 0
    /// Headers and bodies as they are on disk.
    public var bytes = 0
    /// How long the oldest of them has been here; `nil` if none waits. May be up to a second too
    /// high.
    public var oldestAge: Duration?
    /// What comes in for this endpoint.
    public var arrivals = EventRate()
    /// What the endpoint settles; not what a limit makes leave.
    public var departures = EventRate()

    public init() {}
}
