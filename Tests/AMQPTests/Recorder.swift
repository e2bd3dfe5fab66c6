import Synchronization

/// Collects what callbacks tell, and lets a test wait for it. The deadline is the test's time limit.
final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter {
        var isDone: @Sendable ([Element]) -> Bool
        var continuation: CheckedContinuation<[Element], Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    var elements: [Element] { state.withLock { $0.elements } }

    func append(_ element: Element) { append(contentsOf: [element]) }

    func append(contentsOf elements: [Element]) {
        let ready = state.withLock { state -> [(Waiter, [Element])] in
            state.elements += elements
            let all = state.elements
            let done = state.waiters.filter { $0.isDone(all) }
            state.waiters.removeAll { $0.isDone(all) }
            return done.map { ($0, all) }
        }
        for (waiter, all) in ready { waiter.continuation.resume(returning: all) }
    }

    @discardableResult
    func wait(until isDone: @escaping @Sendable ([Element]) -> Bool) async -> [Element] {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state -> [Element]? in
                if isDone(state.elements) { return state.elements }
                state.waiters.append(Waiter(isDone: isDone, continuation: continuation))
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    @discardableResult
    func wait(forCount count: Int) async -> [Element] {
        await wait { $0.count >= count }
    }
}
