import Synchronization

/// The end of a connection or link: happens once, and anyone may wait for it.
final class Ending: Sendable {
    private enum State: Sendable {
        case open(waiters: [UInt64: CheckedContinuation<AMQPError?, Never>], nextWaiter: UInt64)
        case ended(AMQPError?)
    }

    private let state = Mutex(State.open(waiters: [:], nextWaiter: 0))

    func report(_ error: AMQPError?) {
        let waiters = state.withLock { state -> [CheckedContinuation<AMQPError?, Never>] in
            guard case .open(let waiters, _) = state else { return [] }
            state = .ended(error)
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: error) }
    }

    /// Waits for the end. Nil: without an error, or the waiting task was cancelled.
    var error: AMQPError? {
        get async {
            let number = state.withLock { state -> UInt64 in
                guard case .open(let waiters, let number) = state else { return 0 }
                state = .open(waiters: waiters, nextWaiter: number + 1)
                return number
            }
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let known = state.withLock { state -> AMQPError?? in
                        switch state {
                        case .ended(let error):
                            return .some(error)
                        case .open(var waiters, let next):
                            // The handler below may have run before there was anyone to resume.
                            if Task.isCancelled { return .some(nil) }
                            waiters[number] = continuation
                            state = .open(waiters: waiters, nextWaiter: next)
                            return nil
                        }
                    }
                    if let known { continuation.resume(returning: known) }
                }
            } onCancel: {
                state.withLock { state -> CheckedContinuation<AMQPError?, Never>? in
                    guard case .open(var waiters, let next) = state else { return nil }
                    let waiter = waiters.removeValue(forKey: number)
                    state = .open(waiters: waiters, nextWaiter: next)
                    return waiter
                }?.resume(returning: nil)
            }
        }
    }
}
