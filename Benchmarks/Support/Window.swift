import Synchronization

/// Lets a producer wait until few enough of what it sent are unsettled.
public final class Window: Sendable {
    private struct State {
        var unsettled = 0
        var waiter: (below: Int, continuation: CheckedContinuation<Void, Never>)?
    }
    private let state = Mutex(State())

    public init() {}

    /// Waits until fewer than `limit` are unsettled, these included.
    public func add(_ count: Int, below limit: Int) async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.unsettled += count
                if state.unsettled < limit { return true }
                state.waiter = (limit, continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    public func settle(_ count: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.unsettled -= count
            guard let waiter = state.waiter, state.unsettled < waiter.below else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }
}
