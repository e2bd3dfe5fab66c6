import Notifications

/// An event on its way out, under a number that its session's reports come back with.
public struct OutboundEvent: Sendable {
    public var id: UInt64
    public var notification: Notification

    public init(id: UInt64, notification: Notification) {
        self.id = id
        self.notification = notification
    }
}

/// What the far side said of one event.
public struct DeliveryReport: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case accepted
        /// Will never be accepted; the condition is the far side's own word.
        case refused(condition: String, description: String)
        /// Not taken this time.
        case returned(reason: String)
    }

    public var id: UInt64
    public var outcome: Outcome

    public init(id: UInt64, outcome: Outcome) {
        self.id = id
        self.outcome = outcome
    }
}

/// A live way to an endpoint.
public protocol EndpointSession: Sendable {
    /// Queues the events; they leave in this order as the far side gives credit. Any thread.
    func send(_ events: [OutboundEvent])

    /// Waits until the session is over: the failure that ended it, or `nil` after ``close()``.
    /// Events without a report by then get none.
    func ended() async -> EndpointFailure?

    /// Takes leave of the far side, for a bounded time.
    func close() async
}

/// Makes sessions with one endpoint.
public protocol EndpointConnector: Sendable {
    /// - Parameter onReports: called from the session's thread, with the reports of one read; must
    ///   not block.
    func connect(
        onReports: @escaping @Sendable ([DeliveryReport]) -> Void
    ) async throws(EndpointFailure) -> any EndpointSession
}
