import NIOCore
import Synchronization

/// Deliveries on their way from any thread to the event loop: one hop for a call, or fewer when
/// calls come faster than the loop takes them.
final class SenderInbox: Sendable {
    private struct State {
        var deliveries: [OutgoingDelivery] = []
        var hopIsUnderWay = false
        var isClosed = false
    }

    private let state = Mutex(State())

    /// True when the caller must see to it that the event loop calls ``take()``.
    func put(_ deliveries: [OutgoingDelivery]) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            if state.deliveries.isEmpty { state.deliveries = deliveries } else { state.deliveries += deliveries }
            defer { state.hopIsUnderWay = true }
            return !state.hopIsUnderWay
        }
    }

    func take() -> [OutgoingDelivery] {
        state.withLock { state in
            state.hopIsUnderWay = false
            defer { state.deliveries = [] }
            return state.deliveries
        }
    }

    /// The link has ended: what comes is dropped, for the caller keeps its own list.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.deliveries = []
        }
    }
}
