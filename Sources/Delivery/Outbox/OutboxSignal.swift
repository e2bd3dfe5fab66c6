import Azure

/// News for the task that leads an endpoint through its life. What comes of an attempt to connect
/// carries its number, and is void when another has begun since.
enum OutboxSignal: Sendable {
    case start
    case connected(attempt: Int)
    case attached(attempt: Int, SessionFeed)
    case failed(attempt: Int, EndpointFailure)
    case throttled(attempt: Int, EndpointFailure)
    case drained(attempt: Int)
    case waitOver(number: Int)
    case keysReplaced(KeyedConnectors)
    /// Ends a wait between sessions, if there is one.
    case retryNow
    case disable
    case enable
    case stop
    /// The key in use was refused at the renewal of its token; the session goes on.
    case renewalRefused(attempt: Int, EndpointFailure)
    /// What came of new keys on the live session.
    case adopted(attempt: Int, generation: Int, KeyAdoption)
    /// What came of the idle key on the live session, after the one in use was refused.
    case switched(attempt: Int, generation: Int, to: EndpointKey, because: EndpointFailure, KeyAdoption)
    case probed(EndpointKey, EndpointFailure?, generation: Int)
}
