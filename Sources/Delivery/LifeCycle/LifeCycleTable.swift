/// The life cycle of an endpoint: every pair of state and command, either with its transition or
/// with the reason why it cannot be.
public enum LifeCycleTable {
    public struct Transition: Sendable, Hashable {
        public var state: EndpointState
        public var command: EndpointCommand
        public var next: Next
        public var actions: [EndpointAction]

        init(_ state: EndpointState, _ command: EndpointCommand, _ next: Next, _ actions: EndpointAction...) {
            self.state = state
            self.command = command
            self.next = next
            self.actions = actions
        }
    }

    public enum Next: Sendable, Hashable {
        case state(EndpointState)
        /// What the drain was for: the last of `changed`, `disable` and `stop` that came.
        case afterDrain

        static let idle = state(.idle)
        static let connecting = state(.connecting)
        static let authenticating = state(.authenticating)
        static let sending = state(.sending)
        static let throttled = state(.throttled)
        static let backingOff = state(.backingOff)
        static let unauthorized = state(.unauthorized)
        static let disabled = state(.disabled)
        static let draining = state(.draining)
    }

    /// A pair that cannot be: who gives such a command has a fault.
    public struct IllegalPair: Sendable, Hashable {
        public var state: EndpointState
        public var command: EndpointCommand
        public var reason: Reason

        init(_ state: EndpointState, _ command: EndpointCommand, _ reason: Reason) {
            self.state = state
            self.command = command
            self.reason = reason
        }
    }

    public enum Reason: String, Sendable, Hashable {
        case alreadyStarted = "already started"
        case noAttempt = "no session is being made"
        case noSession = "there is no session"
        case notYetConnected = "the far side does not listen yet"
        case alreadyConnected = "that was said before"
        case noWait = "nothing is waited for"
        case nothingDrains = "nothing drains"
        case notDisabled = "it is not disabled"
        case notStarted = "not started"
    }

    public static func transition(_ state: EndpointState, _ command: EndpointCommand) -> Transition? {
        byPair[Pair(state, command)]
    }

    public static func reason(_ state: EndpointState, _ command: EndpointCommand) -> Reason? {
        illegal.first { $0.state == state && $0.command == command }?.reason
    }

    private struct Pair: Hashable {
        var state: EndpointState
        var command: EndpointCommand

        init(_ state: EndpointState, _ command: EndpointCommand) {
            self.state = state
            self.command = command
        }
    }

    private static let byPair = Dictionary(
        transitions.map { (Pair($0.state, $0.command), $0) }, uniquingKeysWith: { first, _ in first })
}
