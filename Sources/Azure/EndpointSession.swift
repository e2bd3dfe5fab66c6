import Notifications

/// An event on its way out.
public struct OutboundEvent: Sendable {
    /// The number of its delivery, which the report comes back with. Events with the same number
    /// stand side by side and make one delivery: accepted or not as a whole.
    public var id: UInt64
    public var shared: SharedNotification

    public init(id: UInt64, _ shared: SharedNotification) {
        self.id = id
        self.shared = shared
    }

    public init(id: UInt64, notification: Notification) {
        self.init(id: id, SharedNotification(notification))
    }

    @inlinable
    public var notification: Notification {
        _read { yield shared.notification }
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

    /// Goes on with the key of another connector to the same place, on the connection that is there.
    /// Sends go on meanwhile, with the key before; when this throws, that one still holds.
    ///
    /// - Returns: `false` where only a new session can take the key.
    func adopt(_ connector: any EndpointConnector) async throws(EndpointFailure) -> Bool

    /// Takes leave of the far side, for a bounded time.
    func close() async
}

extension EndpointSession {
    public var bounds: DeliveryBounds { DeliveryBounds() }

    public func adopt(_ connector: any EndpointConnector) async throws(EndpointFailure) -> Bool { false }
}

/// Makes sessions with one endpoint, with one of its keys.
public protocol EndpointConnector: Sendable {
    /// - Parameters:
    ///   - onProgress: called for each stage of the way, when it is reached, and with what concerns the
    ///     key later on.
    ///   - onReports: called from the session's thread, with the reports of one read; must not
    ///     block. What it gives back is sent next.
    func connect(
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> any EndpointSession
}

/// How far a try to connect has come, and what becomes of its key.
public enum ConnectProgress: Sendable, Hashable {
    /// The far side listens; the right to send is asked for.
    case connected
    /// The session is there and lives, but its key was refused when its token was renewed. Comes
    /// again for as long as that is so.
    case keyRefused(EndpointFailure)
}
