/// What is to be done after a transition.
public enum EndpointAction: String, Sendable, Hashable, CaseIterable {
    /// Make a session with the key in use.
    case connect
    /// Begin at the lowest unsettled event.
    case send
    /// Send nothing until `resume`.
    case pause
    case resume
    /// Come back with `wait over` when the wait has passed.
    case wait
    /// The wait is not waited for any more.
    case endWait = "end wait"
    /// Send nothing new; come back with `drained`.
    case drain
    /// Give up the session, or the try to make one.
    case close
    /// Nothing more is done for this endpoint.
    case finish
}

extension EndpointAction: CustomStringConvertible {
    public var description: String { rawValue }
}
