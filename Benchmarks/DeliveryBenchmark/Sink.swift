import AMQP
import AMQPCodec
import Synchronization

/// Takes everything, counts events in messages and batches, and tells of partitions where it has some.
final class Sink: ListenerDelegate {
    private struct State {
        var received = 0
        var transfers = 0
        var goal = Int.max
        var waiter: CheckedContinuation<Void, Never>?
        var replies: ListenerLink?
    }

    private let partitions: Int
    /// Batches by their sections, for the floor cannot set the message format.
    private let countsSections: Bool
    private let state = Mutex(State())

    init(partitions: Int = 0, countsSections: Bool = false) {
        self.partitions = partitions
        self.countsSections = countsSections
    }

    var transfers: Int { state.withLock { $0.transfers } }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        if partitions == 0, request.address == "$management" { return .refuse(ErrorCondition("amqp:not-found")) }
        return .accept(LinkSettings(credit: 5_000, maxMessageSize: 1 << 20))
    }

    func attached(_ link: ListenerLink) {
        if link.role == .sending { state.withLock { $0.replies = link } }
    }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        if link.address == "$management" {
            answer()
            return .settle(.accepted)
        }
        let events = delivery.messageFormat == 0 && !countsSections ? 1 : Self.dataSections(delivery.bytes)
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.received += events
            state.transfers += 1
            guard state.received >= state.goal else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        return .settle(.accepted)
    }

    private func answer() {
        let ids = (0..<partitions).map { AMQPValue.string(String($0)) }
        let reply = AMQPMessage(
            applicationProperties: ["status-code": .int(200)],
            body: .value(.map(["partition_ids": AMQPArray(of: .string, ids).map { .array($0) } ?? .null])))
        var bytes: [UInt8] = []
        reply.encode(into: &bytes)
        state.withLock { $0.replies }?.send([OutgoingDelivery(id: 0, bytes: bytes[...])])
    }

    /// Only lengths are read.
    static func dataSections(_ bytes: [UInt8]) -> Int {
        var (position, count) = (0, 0)
        while position + 8 <= bytes.count {
            if bytes[position + 2] == 0x75 { count += 1 }
            switch bytes[position + 3] {
            case 0xA0, 0xC1: position += 5 + Int(bytes[position + 4])
            default:
                position += 8 + bytes[position + 4..<position + 8].reduce(0) { $0 << 8 | Int($1) }
            }
        }
        return count
    }

    func wait(until goal: Int) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.received >= goal { return true }
                (state.goal, state.waiter) = (goal, continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}
