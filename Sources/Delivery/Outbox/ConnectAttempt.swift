import Azure
import Synchronization

/// A try to connect that can be given up at once: a session that comes after that is closed.
///
/// Connecting goes through name lookups and handshakes that cannot be cancelled, only outlasted.
final class ConnectAttempt: Sendable {
    private typealias Outcome = Result<any EndpointSession, EndpointFailure>

    private enum State {
        case pending
        case waiting(CheckedContinuation<Outcome?, Never>)
        case finished(Outcome)
        case abandoned
    }

    private let state = Mutex(State.pending)

    /// - Returns: `nil` when the waiting task was cancelled.
    static func connect(
        _ connector: any EndpointConnector,
        onProgress: @escaping @Sendable (ConnectProgress) -> Void = { _ in },
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent] = { _ in [] }
    ) async throws(EndpointFailure) -> (any EndpointSession)? {
        let attempt = ConnectAttempt()
        Task {
            do throws(EndpointFailure) {
                let session = try await connector.connect(onProgress: onProgress, onReports: onReports)
                if !attempt.finish(.success(session)) { await session.close() }
            } catch {
                _ = attempt.finish(.failure(error))
            }
        }
        return try await attempt.outcome()?.get()
    }

    /// - Returns: whether somebody still wants it.
    private func finish(_ outcome: Outcome) -> Bool {
        let (waiter, isWanted) = state.withLock { state -> (CheckedContinuation<Outcome?, Never>?, Bool) in
            switch state {
            case .pending:
                state = .finished(outcome)
                return (nil, true)
            case .waiting(let waiter):
                state = .finished(outcome)
                return (waiter, true)
            case .finished, .abandoned:
                return (nil, false)
            }
        }
        waiter?.resume(returning: outcome)
        return isWanted
    }

    private func outcome() async -> Outcome? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Outcome?? in
                    switch state {
                    case .pending:
                        state = .waiting(continuation)
                        return nil
                    case .finished(let outcome):
                        return .some(outcome)
                    case .waiting, .abandoned:
                        return .some(nil)
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Outcome?, Never>? in
                defer {
                    switch state {
                    case .pending, .waiting: state = .abandoned
                    case .finished, .abandoned: break
                    }
                }
                if case .waiting(let waiter) = state { return waiter }
                return nil
            }
            waiter?.resume(returning: nil)
        }
    }
}
