/// How a session's events get onto its links.
protocol EventSending: Sendable {
    /// What one delivery may hold.
    var bounds: DeliveryBounds { get }
    /// Any thread.
    func send(_ events: [OutboundEvent])
    /// Waits for the end: `nil` where this side ended it, or the waiting task was cancelled.
    func ended() async -> EndpointFailure?
    func close() async
}
