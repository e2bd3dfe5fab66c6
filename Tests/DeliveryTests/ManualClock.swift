import Delivery
import Synchronization

/// A clock that stands still until a test moves it.
final class ManualClock: DeliveryClock {
    private struct Sleeper {
        var end: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Duration = .zero
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
    }

    private let state = Mutex(State())

    var now: Duration { state.withLock { $0.now } }
    var wallMilliseconds: Int64 { 1_000 }

    /// Ends of all that is slept for now, the earliest first.
    var deadlines: [Duration] { state.withLock { $0.sleepers.values.map(\.end).sorted() } }

    func advance(to time: Duration) {
        let due = state.withLock { state in
            state.now = max(state.now, time)
            let due = state.sleepers.filter { $0.value.end <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    func sleep(until time: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enum Begin { case sleep, due, cancelled }
                let begin = state.withLock { state -> Begin in
                    if Task.isCancelled { return .cancelled }
                    if time <= state.now { return .due }
                    state.sleepers[id] = Sleeper(end: time, continuation: continuation)
                    return .sleep
                }
                switch begin {
                case .sleep: break
                case .due: continuation.resume()
                case .cancelled: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
