import Azure
import Delivery
import Notifications
import Synchronization

/// An endpoint whose answers a test writes; it remembers what came in which session.
final class ScriptedEndpoint: Sendable {
    /// What becomes of one event, given how often it came before.
    typealias Script = @Sendable (_ notification: Notification, _ earlierTries: Int) -> Answer

    enum Answer: Sendable {
        case report(DeliveryReport.Outcome)
        /// No outcome comes.
        case silence
        /// The session ends without a word on this event and those after it.
        case cut
    }

    private struct State {
        var refusedConnects: Int
        var failures: [String: EndpointFailure] = [:]
        var connects: [String] = []
        var closed = 0
        var live: [Weak] = []
        var sessions = 0
        var arrivals: [String] = []
        var accepted: [String] = []
        var tries: [String: Int] = [:]
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private struct Weak {
        weak var session: Session?
    }

    /// The way to the endpoint with one key.
    private struct Connector: EndpointConnector {
        let endpoint: ScriptedEndpoint
        let key: String

        func connect(
            onProgress: @escaping @Sendable (ConnectProgress) -> Void,
            onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
        ) async throws(EndpointFailure) -> any EndpointSession {
            try endpoint.connect(key, onProgress: onProgress, onReports: onReports)
        }
    }

    private let script: Script
    private let maximumEventsPerDelivery: Int
    private let state: Mutex<State>

    /// - Parameter refusedConnects: how many tries to connect fail first.
    init(
        refusedConnects: Int = 0, maximumEventsPerDelivery: Int = 1,
        script: @escaping Script = { _, _ in .report(.accepted) }
    ) {
        self.script = script
        self.maximumEventsPerDelivery = maximumEventsPerDelivery
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

    func connector(key: String = "k1") -> any EndpointConnector { Connector(endpoint: self, key: key) }

    func connectors(primary: String = "k1", secondary: String? = nil) -> KeyedConnectors {
        KeyedConnectors(primary: connector(key: primary), secondary: secondary.map { connector(key: $0) })
    }

    /// Keys in the order in which they were tried.
    var connects: [String] { state.withLock { $0.connects } }
    var closed: Int { state.withLock { $0.closed } }

    /// Whoever comes with this key fails; `nil`: may come in.
    func fail(_ key: String, with failure: EndpointFailure?) { state.withLock { $0.failures[key] = failure } }

    func refuse(_ keys: String...) {
        for key in keys {
            fail(key, with: EndpointFailure(kind: .unauthorized, condition: "amqp:unauthorized-access", detail: "by the test"))
        }
    }

    /// Ends all sessions that live.
    func detach(_ failure: EndpointFailure) {
        let sessions = state.withLock { state in
            defer { state.live = [] }
            return state.live.compactMap(\.session)
        }
        for session in sessions { session.end(failure) }
    }

    fileprivate func noteClosed() { state.withLock { $0.closed += 1 } }

    private func connect(
        _ key: String,
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) throws(EndpointFailure) -> any EndpointSession {
        let failure = state.withLock { state -> EndpointFailure? in
            state.connects.append(key)
            if let failure = state.failures[key] { return failure }
            if state.refusedConnects > 0 {
                state.refusedConnects -= 1
                return EndpointFailure(kind: .transient, condition: "refused", detail: "by the test")
            }
            state.sessions += 1
            return nil
        }
        if let failure { throw failure }
        onProgress(.connected)
        let session = Session(endpoint: self, maximum: maximumEventsPerDelivery, onReports: onReports)
        state.withLock { $0.live.append(Weak(session: session)) }
        return session
    }

    /// The worst answer of the events of a delivery is that of the delivery.
    fileprivate func answer(_ events: [OutboundEvent]) -> Answer {
        var answer = Answer.report(.accepted)
        for event in events {
            let tries = state.withLock { state in
                state.arrivals.append(event.notification.id)
                let tries = state.tries[event.notification.id, default: 0]
                state.tries[event.notification.id] = tries + 1
                return tries
            }
            let one = script(event.notification, tries)
            if case .report(.accepted) = one { continue }
            answer = one
        }
        return answer
    }

    fileprivate func accept(_ events: [OutboundEvent]) {
        let ready = state.withLock { state in
            for event in events { state.accepted.append(event.notification.id) }
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
    private let onReports: @Sendable ([DeliveryReport]) -> [OutboundEvent]
    private let life = Mutex(Life.live(waiter: nil))
    let bounds: DeliveryBounds

    init(
        endpoint: ScriptedEndpoint, maximum: Int, onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) {
        self.endpoint = endpoint
        bounds = DeliveryBounds(events: maximum)
        self.onReports = onReports
    }

    func send(_ events: [OutboundEvent]) {
        var next = events
        while !next.isEmpty { next = sendOnce(next) }
    }

    private func sendOnce(_ events: [OutboundEvent]) -> [OutboundEvent] {
        var reports: [DeliveryReport] = []
        var rest = events[...]
        while let first = rest.first {
            let members = rest.prefix { $0.id == first.id }
            rest = rest.dropFirst(members.count)
            guard life.withLock({ if case .live = $0 { true } else { false } }) else { break }
            switch endpoint.answer(Array(members)) {
            case .report(let outcome):
                if outcome == .accepted { endpoint.accept(Array(members)) }
                reports.append(DeliveryReport(id: first.id, outcome: outcome))
            case .silence:
                break
            case .cut:
                _ = onReports(reports)
                end(EndpointFailure(kind: .transient, condition: "cut", detail: "by the test"))
                return []
            }
        }
        return onReports(reports)
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

    func close() async {
        endpoint.noteClosed()
        end(nil)
    }

    func end(_ failure: EndpointFailure?) {
        life.withLock { life -> CheckedContinuation<EndpointFailure?, Never>? in
            guard case .live(let waiter) = life else { return nil }
            life = .over(failure)
            return waiter
        }?.resume(returning: failure)
    }
}
