/// Decides when a connection is made, and how long to wait in between. Knows no socket and no
/// clock: instants and randomness come in, actions go out.
struct ConnectionStateMachine: Sendable {
    enum Action: Equatable, Sendable {
        /// Make connection number `attempt`; it must be up by `deadline`.
        case connect(attempt: Int, deadline: ContinuousClock.Instant)
        case wait(Duration, until: ContinuousClock.Instant)
        case stop
    }

    private enum State {
        case idle
        case connecting
        /// `proven`: the connection was of use, so that the next failure counts as the first.
        case connected(since: ContinuousClock.Instant, proven: Bool)
        case backingOff(until: ContinuousClock.Instant)
        case stopped
    }

    private var state = State.idle
    /// Connections in a row that failed or ended before they were of use.
    private(set) var failures = 0
    private let backOff: BackOff
    private let connectTimeout: Duration

    init(backOff: BackOff, connectTimeout: Duration) {
        self.backOff = backOff
        self.connectTimeout = connectTimeout
    }

    /// What to do at `now`: at the start, after a wait, or when woken before its end.
    mutating func next(now: ContinuousClock.Instant) -> Action {
        switch state {
        case .backingOff(let until) where now < until:
            return .wait(now.duration(to: until), until: until)
        case .idle, .backingOff:
            state = .connecting
            return .connect(attempt: failures + 1, deadline: now + connectTimeout)
        case .stopped:
            return .stop
        case .connecting, .connected:
            assertionFailure("asked for the next step while a connection is under way")
            return .stop
        }
    }

    mutating func connected(now: ContinuousClock.Instant) {
        guard case .connecting = state else { return }
        state = .connected(since: now, proven: false)
    }

    /// A batch was acknowledged. Only this, or having lasted for the back-off's cap, proves a
    /// connection: one that is accepted and then dropped at once, or whose batches are all
    /// refused, must not be made again and again without growing waits.
    mutating func acknowledged() {
        if case .connected(let since, false) = state {
            state = .connected(since: since, proven: true)
        }
    }

    /// The connection failed or ended.
    mutating func ended(
        now: ContinuousClock.Instant, random: inout some RandomNumberGenerator
    ) -> Action {
        switch state {
        case .stopped:
            return .stop
        case .connected(let since, let proven) where proven || since.duration(to: now) >= backOff.cap:
            failures = 1
        default:
            failures += 1
        }
        let delay = backOff.delay(failures: failures, random: &random)
        let until = now + delay
        state = .backingOff(until: until)
        return .wait(delay, until: until)
    }

    /// The connection was left in good order, to be made again.
    mutating func left() {
        guard case .connected = state else { return }
        failures = 0
        state = .idle
    }

    mutating func stop() {
        state = .stopped
    }
}
