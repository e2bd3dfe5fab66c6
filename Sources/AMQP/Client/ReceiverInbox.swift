import Synchronization

/// Messages between the event loop and the one task that takes them. Bounded by the link's credit.
final class ReceiverInbox: Sendable {
    private typealias Waiter = CheckedContinuation<Result<[IncomingDelivery]?, AMQPError>, Never>

    private struct State {
        var waiting: [IncomingDelivery] = []
        var waiter: Waiter?
        var ended: AMQPError??
        var nextWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    func put(_ batch: [IncomingDelivery]) {
        let waiter = state.withLock { state -> Waiter? in
            guard let waiter = state.waiter else {
                if state.waiting.isEmpty { state.waiting = batch } else { state.waiting += batch }
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: .success(batch))
    }

    func end(_ error: AMQPError?) {
        let waiter = state.withLock { state -> Waiter? in
            state.ended = .some(error)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    /// What waits, or the next that comes; nil at the end, and when the task is cancelled.
    func next() async throws(AMQPError) -> [IncomingDelivery]? {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in wait(continuation) }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: .success(nil))
        }.get()
    }

    private func wait(_ continuation: Waiter) {
        let answer = state.withLock { state -> Result<[IncomingDelivery]?, AMQPError>? in
            if !state.waiting.isEmpty {
                defer { state.waiting = [] }
                return .success(state.waiting)
            }
            if let ended = state.ended { return ended.map { .failure($0) } ?? .success(nil) }
            // A second task at the same time gets nothing rather than taking the first one's place.
            guard state.waiter == nil, !Task.isCancelled else { return .success(nil) }
            state.waiter = continuation
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }
}
