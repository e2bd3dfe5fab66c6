import Azure
import Notifications
import Synchronization

/// An endpoint whose answers a test writes; it remembers what came in which session.
final class ScriptedEndpoint: EndpointConnector {
    /// What becomes of one event, given how often it came before.
    typealias Script = @Sendable (_ notification: Notification, _ earlierTries: Int) -> Answer

    enum Answer: Sendable {
        case report(DeliveryReport.Outcome)
        /// The session ends without a word on this event and those after it.
        case cut
    }

    private struct State {
        var refusedConnects: Int
        var sessions = 0
        var arrivals: [String] = []
        var accepted: [String] = []
        var tries: [String: Int] = [:]
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let script: Script
    private let state: Mutex<State>

    /// - Parameter refusedConnects: how many tries to connect fail first.
    init(refusedConnects: Int = 0, script: @escaping Script = { _, _ in .report(.accepted) }) {
        self.script = script
        state = Mutex(State(refusedConnects: refusedConnects))
    }

    var sessions: Int { state.withLock { $0.sessions } }
    /// Ids in the order they came, tries that failed included.
    var arrivals: [String] { state.withLock { $0.arrivals } }
    var accepted: [String] { state.withLock { $0.accepted } }

    /// Waits until so many events were accepted.
    func waitUntilAccepted(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let done = state.withLock { state in
                if state.accepted.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if done { continuation.resume() }
        }
    }

    func connect(
        onReports: @escaping @Sendable ([DeliveryReport]) -> Void
    ) async throws(EndpointFailure) -> any EndpointSession {
        let refused = state.withLock { state in
            if state.refusedConnects > 0 {
                state.refusedConnects -= 1
                return true
            }
            state.sessions += 1
            return false
        }
        if refused { throw EndpointFailure(kind: .transient, condition: "refused", detail: "by the test") }
        return Session(endpoint: self, onReports: onReports)
    }

    fileprivate func answer(_ event: OutboundEvent) -> Answer {
        let tries = state.withLock { state in
            state.arrivals.append(event.notification.id)
            let tries = state.tries[event.notification.id, default: 0]
            state.tries[event.notification.id] = tries + 1
            return tries
        }
        return script(event.notification, tries)
    }

    fileprivate func accept(_ event: OutboundEvent) {
        let ready = state.withLock { state in
            state.accepted.append(event.notification.id)
            let count = state.accepted.count
            let ready = state.watchers.filter { $0.count <= count }
            state.watchers.removeAll { $0.count <= count }
            return ready
        }
        for watcher in ready { watcher.continuation.resume() }
    }
}

private final class Session: EndpointSession {
    private enum Life {
        case live(waiter: CheckedContinuation<EndpointFailure?, Never>?)
        case over(EndpointFailure?)
    }

    private let endpoint: ScriptedEndpoint
    private let onReports: @Sendable ([DeliveryReport]) -> Void
    private let life = Mutex(Life.live(waiter: nil))

    init(endpoint: ScriptedEndpoint, onReports: @escaping @Sendable ([DeliveryReport]) -> Void) {
        self.endpoint = endpoint
        self.onReports = onReports
    }

    func send(_ events: [OutboundEvent]) {
        var reports: [DeliveryReport] = []
        for event in events {
            guard life.withLock({ if case .live = $0 { true } else { false } }) else { break }
            switch endpoint.answer(event) {
            case .report(let outcome):
                if outcome == .accepted { endpoint.accept(event) }
                reports.append(DeliveryReport(id: event.id, outcome: outcome))
            case .cut:
                onReports(reports)
                end(EndpointFailure(kind: .transient, condition: "cut", detail: "by the test"))
                return
            }
        }
        onReports(reports)
    }

    func ended() async -> EndpointFailure? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let over = life.withLock { life -> EndpointFailure?? in
                    switch life {
                    case .live:
                        if Task.isCancelled { return .some(nil) }
                        life = .live(waiter: continuation)
                        return nil
                    case .over(let failure):
                        return .some(failure)
                    }
                }
                if let over { continuation.resume(returning: over) }
            }
        } onCancel: {
            life.withLock { life -> CheckedContinuation<EndpointFailure?, Never>? in
                guard case .live(let waiter) = life else { return nil }
                life = .live(waiter: nil)
                return waiter
            }?.resume(returning: nil)
        }
    }

    func close() async { end(nil) }

    private func end(_ failure: EndpointFailure?) {
        life.withLock { life -> CheckedContinuation<EndpointFailure?, Never>? in
            guard case .live(let waiter) = life else { return nil }
            life = .over(failure)
            return waiter
        }?.resume(returning: failure)
    }
}
