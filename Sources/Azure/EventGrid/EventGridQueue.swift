import NIOCore
import Synchronization

/// One delivery, written: JSON objects with commas between them.
struct WrittenDelivery: Sendable {
    var id: UInt64
    var events: Int
    var bytes: ArraySlice<UInt8>
}

/// What a request may carry at most. The service's limits (reference 5.4), read as the smaller of
/// the two megabytes that there are.
public struct EventGridLimits: Sendable, Hashable {
    public var events = 5_000
    /// Of the whole body, with brackets and commas.
    public var bytes = 1_000_000
    /// Requests that wait for their answers.
    public var requests = 4
    /// From the first byte of a request to the last of its answer.
    public var answerTimeout: Duration = .seconds(60)

    public init() {}
}

/// Deliveries that wait for a request.
final class EventGridQueue: Sendable {
    private struct State {
        var deliveries = CircularBuffer<WrittenDelivery>()
        var waiters = CircularBuffer<CheckedContinuation<[WrittenDelivery]?, Never>>()
        var isClosed = false
    }

    private let limits: EventGridLimits
    private let state = Mutex(State())

    init(limits: EventGridLimits) {
        self.limits = limits
    }

    func append(_ new: [WrittenDelivery]) {
        let woken = state.withLock { state -> [(CheckedContinuation<[WrittenDelivery]?, Never>, [WrittenDelivery])] in
            guard !state.isClosed else { return [] }
            state.deliveries.append(contentsOf: new)
            var woken: [(CheckedContinuation<[WrittenDelivery]?, Never>, [WrittenDelivery])] = []
            while !state.deliveries.isEmpty, let waiter = state.waiters.popFirst() {
                woken.append((waiter, take(&state)))
            }
            return woken
        }
        for (waiter, request) in woken { waiter.resume(returning: request) }
    }

    /// As many deliveries as fit into a request; `nil` once the queue is closed.
    func next() async -> [WrittenDelivery]? {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> [WrittenDelivery]?? in
                if state.isClosed { return .some(nil) }
                if !state.deliveries.isEmpty { return take(&state) }
                state.waiters.append(continuation)
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// What waits is given up.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            state.deliveries.removeAll()
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: nil) }
    }

    private func take(_ state: inout State) -> [WrittenDelivery] {
        var request: [WrittenDelivery] = []
        var events = 0
        var bytes = 1
        while let next = state.deliveries.first {
            events += next.events
            // With its comma, or the closing bracket.
            bytes += next.bytes.count + 1
            guard request.isEmpty || events <= limits.events && bytes <= limits.bytes else { break }
            request.append(next)
            state.deliveries.removeFirst()
        }
        return request
    }
}
