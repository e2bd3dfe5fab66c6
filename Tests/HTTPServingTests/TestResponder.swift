import HTTPServing
import Synchronization

/// Answers 200 with the path and the body's size. `/held` waits until ``release()``; `/refused` is turned
/// down by its head.
final class TestResponder: HTTPResponder {
    private struct State {
        var asked: [String] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var askedWaiting: [(path: String, continuation: CheckedContinuation<Void, Never>)] = []
        var isOpen = false
    }

    private let state = Mutex(State())

    var asked: [String] { state.withLock { $0.asked } }

    func refusal(of head: HTTPRequest) -> HTTPResponse? {
        head.path == "/refused" ? HTTPResponse(status: 401, body: Array("refused".utf8)) : nil
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let path = String(request.path)
        let due = state.withLock { state in
            state.asked.append(path)
            defer { state.askedWaiting.removeAll { $0.path == path } }
            return state.askedWaiting.filter { $0.path == path }
        }
        for waiter in due { waiter.continuation.resume() }
        if path == "/held" {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }
        return HTTPResponse(status: 200, body: Array("\(request.method) \(path) \(request.body.count);".utf8))
    }

    func respond(to rejection: HTTPRejection) -> HTTPResponse {
        switch rejection {
        case .bodyTooLarge: HTTPResponse(status: 413)
        case .overloaded: HTTPResponse(status: 503)
        }
    }

    func release() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns once `path` has been asked for, or the test's time is up.
    func isAsked(for path: String) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAsked = state.withLock { state in
                    if state.asked.contains(path) || Task.isCancelled { return true }
                    state.askedWaiting.append((path, continuation))
                    return false
                }
                if isAsked { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.askedWaiting = [] }
                return state.askedWaiting
            }
            for waiter in waiting { waiter.continuation.resume() }
            release()
        }
    }
}
