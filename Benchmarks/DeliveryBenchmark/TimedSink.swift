import AMQP
import AMQPCodec
import BenchmarkSupport
import Foundation
import Synchronization

/// Takes tokens and events, and looks how old the newest event of each transfer is: its body ends
/// with the time of its making.
final class TimedSink: ListenerDelegate {
    private struct State {
        var tokens: [ContinuousClock.Instant] = []
        var events = 0
        var ages: [(at: ContinuousClock.Instant, age: Duration)] = []
        var replies: ListenerLink?
    }

    static let digits = 20
    private static let epoch = ContinuousClock.now

    let window = Window()
    private let state = Mutex(State())

    /// The time, as the end of a body.
    static var stamp: [UInt8] {
        let text = String((ContinuousClock.now - epoch) / .nanoseconds(1))
        let whole = text.prefix { $0 != "." }
        return Array((String(repeating: "0", count: max(0, digits - whole.count)) + whole).utf8)
    }

    struct Figures {
        var renewals: Int
        var events: Int
        /// Of what arrived in each quarter of a second after a renewal, until the next one.
        var quarters: [[Duration]]
    }

    func figures() -> Figures {
        state.withLock { state in
            // The first token is that of the sign-in.
            let renewals = state.tokens.dropFirst()
            var figures = Figures(
                renewals: renewals.count, events: state.events, quarters: Array(repeating: [], count: 4))
            for (at, age) in state.ages {
                guard let renewal = renewals.last(where: { $0 <= at }) else { continue }
                let quarter = Int((at - renewal) / .milliseconds(250))
                if quarter < 4 { figures.quarters[quarter].append(age) }
            }
            return figures
        }
    }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        if request.address == "$management" { return .refuse(ErrorCondition("amqp:not-found")) }
        return .accept(LinkSettings(credit: 5_000, maxMessageSize: 1 << 20))
    }

    func attached(_ link: ListenerLink) {
        if link.role == .sending { state.withLock { $0.replies = link } }
    }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        if link.address == "$cbs" {
            answer()
            return .settle(.accepted)
        }
        let made = delivery.bytes.suffix(Self.digits).reduce(0) { $0 * 10 + Int($1 & 0x0F) }
        let now = ContinuousClock.now
        let age = (now - Self.epoch) - .nanoseconds(made)
        let events = delivery.messageFormat == 0 ? 1 : Sink.dataSections(delivery.bytes)
        state.withLock { state in
            state.events += events
            state.ages.append((now, age))
        }
        window.settle(events)
        return .settle(.accepted)
    }

    private func answer() {
        let replies = state.withLock { state in
            state.tokens.append(.now)
            return state.replies
        }
        var bytes: [UInt8] = []
        AMQPMessage(applicationProperties: ["status-code": .int(200)], body: .value(.null)).encode(into: &bytes)
        replies?.send([OutgoingDelivery(id: 0, bytes: bytes[...])])
    }
}
