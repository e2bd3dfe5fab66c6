import Azure

/// The life of one endpoint: looks transitions up in ``LifeCycleTable`` and reckons waits and keys.
/// Decides; does nothing else.
struct EndpointLifeCycle: Sendable, Hashable {
    struct IllegalCommand: Error, Hashable, CustomStringConvertible {
        var state: EndpointState
        var command: EndpointCommand

        var description: String {
            let reason = LifeCycleTable.reason(state, command)?.rawValue ?? "no such pair"
            return "\(command) while \(state): \(reason)"
        }
    }

    /// What a drain is for, the later the stronger.
    private enum DrainPurpose: Int, Hashable {
        case changed, disabled, stopped
    }

    private(set) var state = EndpointState.idle
    /// When the state was entered.
    private(set) var since: Duration
    private(set) var keys: KeyRing
    /// When the wait of throttled, backing off or unauthorized is over.
    private(set) var waitUntil: Duration?
    private(set) var lastFailure: EndpointFailure?
    private var backOff = BackOff()
    private var throttling = BackOff()
    private var drainPurpose = DrainPurpose.changed

    init(hasSecondaryKey: Bool, now: Duration) {
        keys = KeyRing(hasSecondary: hasSecondaryKey)
        since = now
    }

    /// Failures in a row.
    var failures: Int { backOff.failures }
    /// Whether ``progressed()`` would change anything.
    var hasTrouble: Bool { backOff.failures > 0 || throttling.failures > 0 || keys.hasRefusals }

    mutating func handle(_ command: EndpointCommand, now: Duration) throws(IllegalCommand) -> [EndpointAction] {
        guard let transition = LifeCycleTable.transition(state, command) else {
            throw IllegalCommand(state: state, command: command)
        }
        if command == .attached { keys.worked(now: now) }
        notePurpose(command)
        var actions = transition.actions
        switch transition.next {
        case .state(let next):
            enter(next, now)
        case .afterDrain:
            switch drainPurpose {
            case .changed:
                enter(.connecting, now)
                actions.append(.connect)
            case .disabled:
                enter(.disabled, now)
            case .stopped:
                enter(.idle, now)
                actions.append(.finish)
            }
        }
        if !actions.contains(.wait), state != .throttled { waitUntil = nil }
        return actions
    }

    /// The session could not be made, or ended.
    ///
    /// - Parameter random: from 0 to 1, for the jitter of waits.
    mutating func failed(
        _ failure: EndpointFailure, now: Duration, random: Double
    ) throws(IllegalCommand) -> [EndpointAction] {
        lastFailure = failure
        let command: EndpointCommand =
            if failure.kind != .unauthorized { .failed } else {
                keys.refused(failure.condition, now: now) ? .keyRefused : .allKeysRefused
            }
        let actions = try handle(command, now: now)
        if actions.contains(.wait) {
            waitUntil = now + backOff.next(.ofSession(failure.kind), hint: failure.retryAfter, random: random)
        }
        return actions
    }

    /// The far side took an event back and asks for less.
    mutating func throttled(
        _ failure: EndpointFailure, now: Duration, random: Double
    ) throws(IllegalCommand) -> [EndpointAction] {
        lastFailure = failure
        let actions = try handle(.throttle, now: now)
        if actions.contains(.wait) {
            let end = now + throttling.next(.ofSession(.throttled), hint: failure.retryAfter, random: random)
            // Whoever asked for more is still owed it.
            waitUntil = max(end, waitUntil ?? end)
        }
        return actions
    }

    /// The endpoint accepted an event: what went wrong before is over.
    mutating func progressed() {
        backOff.reset()
        throttling.reset()
        keys.progressed()
    }

    mutating func probed(_ key: EndpointKey, _ failure: EndpointFailure?, generation: Int, now: Duration) -> Bool {
        keys.probed(key, failure, generation: generation, now: now)
    }

    /// The operator gave new keys, and the live session is asked to take them before anything else
    /// is done.
    mutating func keysReplaced(hasSecondaryKey: Bool) {
        keys.replaced(hasSecondary: hasSecondaryKey)
        backOff.reset()
    }

    /// The live session has gone over to that key.
    mutating func adopted(_ key: EndpointKey, insteadOf refusal: EndpointFailure?, now: Duration) {
        keys.adopted(key, insteadOf: refusal?.condition, now: now)
    }

    /// The operator gave new keys.
    mutating func changed(
        hasSecondaryKey: Bool, now: Duration
    ) throws(IllegalCommand) -> [EndpointAction] {
        keys.replaced(hasSecondary: hasSecondaryKey)
        backOff.reset()
        return try handle(.changed, now: now)
    }

    private mutating func enter(_ next: EndpointState, _ now: Duration) {
        if next != state { since = now }
        state = next
    }

    private mutating func notePurpose(_ command: EndpointCommand) {
        let purpose: DrainPurpose
        switch command {
        case .changed: purpose = .changed
        case .disable: purpose = .disabled
        case .stop: purpose = .stopped
        case .enable:
            if drainPurpose == .disabled { drainPurpose = .changed }
            return
        default: return
        }
        let isStronger = state != .draining || purpose.rawValue > drainPurpose.rawValue
        if isStronger { drainPurpose = purpose }
    }
}
