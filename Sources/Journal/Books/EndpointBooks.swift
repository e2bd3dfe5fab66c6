/// What became of every event that came in while an endpoint was registered (promise 2).
///
/// The terms are counted apart from each other, each where its event happens, so that a difference
/// means that an event was lost or counted twice. They live as long as the endpoint is registered,
/// over restarts; after a kill, events that were settled above the cursor on disk wait again and
/// are no longer counted as settled.
public struct EndpointBooks: Sendable, Hashable {
    /// Events that came in while the endpoint was registered, whoever they were for.
    public var received = 0
    /// The far side has them.
    public var delivered = 0
    /// They went to the dead letters and were not redriven; also when the letter was purged since.
    public var deadLettered = 0
    /// No route sent them to this endpoint.
    public var filtered = 0
    /// A limit on age made them leave.
    public var expired = 0
    /// A limit on bytes made them leave.
    public var dropped = 0
    /// On disk, to be delivered.
    public var waiting = 0

    public init() {}

    /// 0, or an alarm: events that are lost (above 0) or counted twice (below 0). Events of rows
    /// that can no longer be read are such.
    public var unaccounted: Int {
        received - (delivered + deadLettered + filtered + expired + dropped + waiting)
    }
}
