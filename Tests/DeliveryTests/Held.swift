import Synchronization

/// Tells a test that the first event has arrived.
final class Held: Sendable {
    private let state = Mutex<(isThere: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

    func note(_ id: String) {
        let waiter = state.withLock { state in
            state.isThere = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func waitForFirst() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if !state.isThere { state.waiter = continuation }
                return state.isThere
            }
            if isThere { continuation.resume() }
        }
    }
}
