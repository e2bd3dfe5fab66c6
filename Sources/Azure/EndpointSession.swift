import Notifications

/// An event on its way out.
public struct OutboundEvent: Sendable {
    /// The number of its delivery, which the report comes back with. Events with the same number
    /// stand side by side and make one delivery: accepted or not as a whole.
    public var id: UInt64
    public var notification: Notification

    public init(id: UInt64, notification: Notification) {
        self.id = id
        self.notification = notification
    }
}

/// What the far side said of one delivery.
public struct DeliveryReport: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case accepted
        /// Its kind says whether it is worth another try.
        case failed(EndpointFailure)
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
    /// What of a subject may go in one delivery.
    var bounds: DeliveryBounds { get }

    /// Queues the events; they leave in this order as the far side gives credit. Any thread.
    func send(_ events: [OutboundEvent])

    /// Waits until the session is over: the failure that ended it, or `nil` after ``close()``.
    /// Deliveries without a report by then get none.
    func ended() async -> EndpointFailure?

    /// Takes leave of the far side, for a bounded time.
    func close() async
}

extension EndpointSession {
    public var bounds: DeliveryBounds { DeliveryBounds() }
}

/// Makes sessions with one endpoint, with one of its keys.
public protocol EndpointConnector: Sendable {
    /// - Parameters:
    ///   - onProgress: called once for each stage of the way, when it is reached.
    ///   - onReports: called from the session's thread, with the reports of one read; must not
    ///     block. What it gives back is sent next.
    func connect(
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> any EndpointSession
}

/// How far a try to connect has come.
public enum ConnectProgress: Sendable, Hashable {
    /// The far side listens; the right to send is asked for.
    case connected
}
