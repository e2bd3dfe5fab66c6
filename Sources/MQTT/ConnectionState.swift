/// What a ``ConnectionHandler`` is told about its connection, in order.
public enum ConnectionState: Sendable, Equatable {
    /// `attempt` counts from 1 since the last connection that proved good.
    case connecting(attempt: Int)
    case connected(sessionPresent: Bool)
    /// Every subscription has been answered, those that were refused included.
    case subscribed
    /// The broker refused a filter. The connection stays up for the others; the filter is asked
    /// for again at the next connect.
    case subscriptionRefused(ConnectionFailure)
    /// The broker granted a lower QoS than asked for: what comes under this filter may be lost.
    case subscriptionDowngraded(filter: String, grantedQoS: Int)
    /// No connection came about. See ``ConnectionFailure/kind``.
    case refused(ConnectionFailure)
    /// A connection that was up has ended.
    case disconnected(ConnectionFailure)
    case backingOff(Duration)
    /// Disconnected until ``Connection/resume()``.
    case suspended
    /// ``Connection/run()`` is about to return.
    case stopped
}
