import Azure
import Journal
import Notifications
import Synchronization

/// The meeting place of the tasks that feed a session and the thread that hears its reports:
/// a ``DeliverySchedule`` behind a lock, and those who wait for it.
final class DeliveryWindow: Sendable {
    /// Reports that free at most so many deliveries are followed up on the session's own thread;
    /// more are encoded on a thread of their own.
    private static let followUpLimit = 64

    private struct State {
        var schedule: DeliverySchedule
        var bounds = DeliveryBounds()
        var roomWaiter: CheckedContinuation<Void, Never>?
        var readyWaiter: CheckedContinuation<Void, Never>?
        var drainWaiter: CheckedContinuation<Void, Never>?
    }

    private typealias Waiter = WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable

    private let clock: any DeliveryClock
    private let state: Mutex<State>

    init(limits: DeliverySchedule.Limits = .init(), clock: any DeliveryClock = SystemDeliveryClock()) {
        self.clock = clock
        state = Mutex(State(schedule: DeliverySchedule(limits: limits)))
    }

    /// Sent and without an outcome.
    var underWay: Int { state.withLock { $0.schedule.underWay } }
    var held: Int { state.withLock { $0.schedule.heldEvents } }

    func setBounds(_ bounds: DeliveryBounds) { state.withLock { $0.bounds = bounds } }

    // MARK: In

    /// Waits until there is room for a good part of the window, so that threads are crossed with
    /// many events at a time.
    ///
    /// - Throws: `CancellationError`.
    func room() async throws -> (events: Int, bytes: Int) {
        while true {
            try Task.checkCancellation()
            if let room = state.withLock({ $0.schedule.room }) { return room }
            await wait(\.roomWaiter) { $0.room != nil }
        }
    }

    /// - Returns: what may be sent at once.
    func add(_ events: [JournalEvent]) -> [OutboundEvent] {
        let now = clock.now
        return state.withLock { state in
            state.schedule.add(events)
            return takeReady(&state, now)
        }
    }

    // MARK: Out

    /// Waits for deliveries that outcomes or the time made ready.
    ///
    /// - Throws: `CancellationError`.
    func nextReady() async throws -> [OutboundEvent] {
        while true {
            try Task.checkCancellation()
            let now = clock.now
            let (events, deadline) = state.withLock { state in
                (takeReady(&state, now), state.schedule.nextDeadline)
            }
            if !events.isEmpty { return events }
            await wait(until: deadline)
        }
    }

    private func wait(until deadline: Duration?) async {
        let isNews: @Sendable (borrowing DeliverySchedule) -> Bool = {
            $0.readyCount > 0 || $0.nextDeadline != deadline
        }
        guard let deadline else { return await wait(\.readyWaiter, until: isNews) }
        await withTaskGroup { group in
            group.addTask { try? await self.clock.sleep(until: deadline) }
            group.addTask { await self.wait(\.readyWaiter, until: isNews) }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Outcomes

    /// - Returns: what became of the events, and what is to be sent next.
    func handle(_ reports: [DeliveryReport]) -> (Verdicts, [OutboundEvent]) {
        let now = clock.now
        return change { state in
            let verdicts = state.schedule.handle(
                reports, now: now, wallMilliseconds: { clock.wallMilliseconds }, random: { .random(in: 0...1) })
            let isFew = state.schedule.readyCount <= Self.followUpLimit
            return (verdicts, isFew ? takeReady(&state, now) : [])
        }
    }

    /// Tells what became of a refusal: whether it is in the dead letters.
    func finished(_ refusal: Refusal, isBuried: Bool) {
        let now = clock.now
        change { state in
            if isBuried {
                state.schedule.buried(refusal.id)
            } else {
                state.schedule.notBuried(refusal.id, now: now, random: .random(in: 0...1))
            }
        }
    }

    // MARK: All of it

    func halt() { change { $0.schedule.halt() } }
    func resume() { change { $0.schedule.resume() } }

    /// Waits until nothing is under way, or the task is cancelled.
    func drained() async {
        while !Task.isCancelled, underWay > 0 {
            await wait(\.drainWaiter) { $0.underWay == 0 }
        }
    }

    // MARK: Waiting

    private func takeReady(_ state: inout State, _ now: Duration) -> [OutboundEvent] {
        state.schedule.takeReady(now: now, bounds: state.bounds)
    }

    /// Changes the schedule and wakes those who have waited for what it is now.
    @discardableResult
    private func change<Result>(_ body: (inout State) -> Result) -> Result where Result: Sendable {
        var toResume: [CheckedContinuation<Void, Never>] = []
        let result = state.withLock { state in
            let deadline = state.schedule.nextDeadline
            let result = body(&state)
            if state.roomWaiter != nil, state.schedule.room != nil { Self.take(&state.roomWaiter, &toResume) }
            if state.readyWaiter != nil, state.schedule.readyCount > 0 || state.schedule.nextDeadline != deadline {
                Self.take(&state.readyWaiter, &toResume)
            }
            if state.drainWaiter != nil, state.schedule.underWay == 0 { Self.take(&state.drainWaiter, &toResume) }
            return result
        }
        for continuation in toResume { continuation.resume() }
        return result
    }

    private static func take(
        _ waiter: inout CheckedContinuation<Void, Never>?, _ list: inout [CheckedContinuation<Void, Never>]
    ) {
        if let continuation = waiter { list.append(continuation) }
        waiter = nil
    }

    private func wait(_ waiter: Waiter, until isReady: @Sendable @escaping (borrowing DeliverySchedule) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if Task.isCancelled || isReady(state.schedule) { return true }
                    state[keyPath: waiter] = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                let waiting = state[keyPath: waiter]
                state[keyPath: waiter] = nil
                return waiting
            }
            waiting?.resume()
        }
    }
}
