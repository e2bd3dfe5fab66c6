import AMQP
import Synchronization

/// An event hub, queue or topic: a log, and the links that read it.
///
/// Reading takes nothing away: every reader sees what the log holds, from where it began.
final class Entity: Sendable {
    private struct Reader {
        var position: Int
        var credit = 0
    }

    private struct State {
        var log: EventLog
        var readers: [ListenerLink: Reader] = [:]
    }

    private let state: Mutex<State>

    init(byteLimit: Int) {
        state = Mutex(State(log: EventLog(byteLimit: byteLimit)))
    }

    var statistics: (messages: Int, bytes: Int, expired: Int) {
        state.withLock { ($0.log.count, $0.log.bytes, $0.log.expired) }
    }

    func append(_ message: [UInt8]) {
        state.withLock { state in
            state.log.append(message)
            for link in state.readers.keys { Self.serve(link, &state) }
        }
    }

    func addReader(_ link: ListenerLink, from start: StartPosition) {
        state.withLock { state in
            state.readers[link] = Reader(position: start == .end ? state.log.endPosition : state.log.firstPosition)
        }
    }

    func removeReader(_ link: ListenerLink) {
        state.withLock { $0.readers[link] = nil }
    }

    /// - Parameter credit: what the reader may be sent from now on.
    func setCredit(_ credit: Int, of link: ListenerLink) {
        state.withLock { state in
            state.readers[link]?.credit = credit
            Self.serve(link, &state)
        }
    }

    private static func serve(_ link: ListenerLink, _ state: inout State) {
        guard var reader = state.readers[link] else { return }
        var deliveries: [OutgoingDelivery] = []
        while reader.credit > 0, let next = state.log.message(atOrAfter: reader.position) {
            deliveries.append(OutgoingDelivery(id: UInt64(next.position), bytes: next.bytes[...]))
            reader.position = next.position + 1
            reader.credit -= 1
        }
        state.readers[link] = reader
        link.send(deliveries)
    }
}

/// Where a reader begins.
enum StartPosition: Sendable, Hashable {
    /// With the oldest message that is still held.
    case beginning
    /// With the next message that arrives.
    case end
}
