import MQTT

/// A handler that keeps what it is told, in order, for the test to take at its own pace.
final class Recorder: ConnectionHandler {
    struct Delivery: Sendable {
        let batch: MessageBatch
        let acknowledgement: BatchAcknowledgement
    }

    let deliveries: AsyncStream<Delivery>
    let states: AsyncStream<ConnectionState>
    private let delivered: AsyncStream<Delivery>.Continuation
    private let changed: AsyncStream<ConnectionState>.Continuation

    init() {
        (deliveries, delivered) = AsyncStream.makeStream()
        (states, changed) = AsyncStream.makeStream()
    }

    func receive(_ batch: MessageBatch, acknowledgement: BatchAcknowledgement) {
        delivered.yield(Delivery(batch: batch, acknowledgement: acknowledgement))
    }

    func connectionChanged(to state: ConnectionState) {
        changed.yield(state)
        if state == .stopped {
            changed.finish()
            delivered.finish()
        }
    }

    /// `nil` when the connection stops or the test's time is up.
    func nextDelivery() async -> Delivery? {
        for await delivery in deliveries { return delivery }
        return nil
    }

    /// The next state that `matches`; what comes before is dropped.
    func nextState(where matches: (ConnectionState) -> Bool) async -> ConnectionState? {
        for await state in states where matches(state) { return state }
        return nil
    }

    /// The failure of the next attempt or connection that fails.
    func nextFailure() async -> ConnectionFailure? {
        let state = await nextState {
            switch $0 {
            case .refused, .disconnected, .subscriptionRefused: true
            default: false
            }
        }
        return switch state {
        case .refused(let failure), .disconnected(let failure), .subscriptionRefused(let failure): failure
        default: nil
        }
    }

    /// Acknowledges all that comes until `count` messages are in.
    func acknowledge(_ count: Int) async -> [(message: Message, payload: [UInt8])] {
        var messages: [(Message, [UInt8])] = []
        while messages.count < count, let delivery = await nextDelivery() {
            messages += delivery.batch.messages.map { ($0, Array($0.payload(in: delivery.batch))) }
            delivery.acknowledgement.acknowledge()
        }
        return messages
    }
}
