import Synchronization

/// Whether events may be taken in. Whoever reads from a broker, or from a client, stops while it is
/// closed; what was read already may be appended.
public final class IntakeGate: Sendable {
    private struct State {
        var gate = GateState()
        var observers: [Int: AsyncStream<Bool>.Continuation] = [:]
        var nextObserver = 0
    }

    private let state = Mutex(State())

    init() {}

    deinit {
        for observer in state.withLock({ $0.observers.values }) { observer.finish() }
    }

    public var isOpen: Bool { state.withLock { $0.gate.reasons.isEmpty } }

    /// Why it is closed; empty while it is open.
    public var reasons: [GateReason] { state.withLock { $0.gate.reasons } }

    /// Whether the gate is open: now, and whenever that changes. One who is slow sees the latest.
    /// Ends when the journal is closed.
    public func changes() -> AsyncStream<Bool> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = state.withLock { state in
                defer { state.nextObserver += 1 }
                state.observers[state.nextObserver] = continuation
                continuation.yield(state.gate.reasons.isEmpty)
                return state.nextObserver
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.observers[id] = nil }
            }
        }
    }

    /// Returns the reasons if the gate opened, closed or is closed for another reason now.
    func update(_ backlogs: [GateState.Backlog], available: Int64?, floor: Int64?) -> [GateReason]? {
        state.withLock { state in
            let before = state.gate.reasons
            state.gate.update(backlogs, available: available, floor: floor)
            let after = state.gate.reasons
            if before.isEmpty != after.isEmpty {
                for observer in state.observers.values { observer.yield(after.isEmpty) }
            }
            return before.map(\.kind) == after.map(\.kind) ? nil : after
        }
    }

    func finish() {
        let observers = state.withLock { state in
            defer { state.observers = [:] }
            return Array(state.observers.values)
        }
        for observer in observers { observer.finish() }
    }
}

extension GateReason {
    /// Without the figures.
    fileprivate var kind: GateReason {
        switch self {
        case .endpoint: self
        case .freeSpace: .freeSpace(available: 0, floor: 0)
        }
    }
}
