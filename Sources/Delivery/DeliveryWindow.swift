import Azure
import Journal
import Notifications
import Synchronization

/// How much may be under way to one endpoint, and what to do next: the meeting place of the task
/// that sends and the thread that hears the outcomes.
final class DeliveryWindow: Sendable {
    /// What the sending task is to do.
    enum Step: Sendable, Equatable {
        case send(events: Int, bytes: Int)
        /// Everything under way came home and some of it was returned: begin at the lowest
        /// unsettled event, so that the order per subject holds.
        case rewind
    }

    struct Limits: Sendable {
        /// Design.md 4.1: a window of 5,000 keeps a loopback link busy.
        var events = 5_000
        var bytes = 16 << 20
    }

    /// What became of the events of one call.
    struct Verdicts {
        var settled: [EventOffset] = []
        var refused: [Refusal] = []
        var returned: [(offset: EventOffset, reason: String)] = []
    }

    private struct State {
        var inFlight = InFlightTable()
        var mustRewind = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    var inFlightCount: Int { state.withLock { $0.inFlight.count } }

    /// Waits until there is room for a good part of the window, so that the sender's thread is
    /// crossed to with many events at a time.
    ///
    /// - Throws: `CancellationError`.
    func nextStep() async throws -> Step {
        while true {
            try Task.checkCancellation()
            if let step = state.withLock({ step(in: $0) }) {
                if step == .rewind { state.withLock { $0.mustRewind = false } }
                return step
            }
            await waitForChange(until: { [self] in step(in: $0) != nil })
        }
    }

    /// Waits until nothing is under way, or the task is cancelled.
    func drained() async {
        while !Task.isCancelled, state.withLock({ $0.inFlight.count > 0 }) {
            await waitForChange(until: { $0.inFlight.count == 0 })
        }
    }

    /// Numbers the events for their session.
    func add(_ events: [JournalEvent]) -> [OutboundEvent] {
        state.withLock { state in
            events.map { event in
                let id = state.inFlight.add(offset: event.offset, bytes: event.notification.body.count)
                return OutboundEvent(id: id, notification: event.notification)
            }
        }
    }

    func handle(_ reports: [DeliveryReport]) -> Verdicts {
        let (verdicts, waiter) = state.withLock { state in
            var verdicts = Verdicts()
            verdicts.settled.reserveCapacity(reports.count)
            for report in reports {
                guard let offset = state.inFlight.remove(id: report.id) else { continue }
                switch report.outcome {
                case .accepted:
                    verdicts.settled.append(offset)
                case .refused(let condition, let description):
                    verdicts.refused.append(Refusal(offset: offset, condition: condition, description: description))
                case .returned(let reason):
                    verdicts.returned.append((offset, reason))
                    state.mustRewind = true
                }
            }
            guard step(in: state) != nil || state.inFlight.count == 0 else { return (verdicts, nil as CheckedContinuation<Void, Never>?) }
            let waiter = state.waiter
            state.waiter = nil
            return (verdicts, waiter)
        }
        waiter?.resume()
        return verdicts
    }

    private func step(in state: borrowing State) -> Step? {
        if state.mustRewind { return state.inFlight.count == 0 ? .rewind : nil }
        let events = limits.events - state.inFlight.count
        let bytes = limits.bytes - state.inFlight.bytes
        guard events >= limits.events / 4, bytes > 0 else { return nil }
        return .send(events: events, bytes: bytes)
    }

    private func waitForChange(until ready: @Sendable @escaping (borrowing State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if Task.isCancelled || ready(state) { return true }
                    state.waiter = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiter
                state.waiter = nil
                return waiter
            }
            waiter?.resume()
        }
    }
}
