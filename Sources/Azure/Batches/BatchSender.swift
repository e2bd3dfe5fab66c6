import AMQP
import HeaderSerialization
import Logging
import NIOCore
import Notifications
import Synchronization

/// Sends batches: to the entity over one link, and to partitions over a link each, which is
/// attached when the first event for it comes.
///
/// A quiet link is detached by the service (reference 4.1). Where nothing is under way on it, it is
/// attached again when it is needed; any other end of a link is the end of the session.
final class BatchSender: EventSending {
    /// The entity's own link.
    private static let entityLink = -1

    private enum Link {
        case attaching([Batch])
        case attached(Sender, underWay: Int)
    }

    private struct State {
        var assembly: BatchAssembly
        var links: [Int: Link] = [:]
        var timerIsSet = false
        var isClosed = false
    }

    private let connection: Connection
    private let address: String
    private let routing: BatchRouting
    private let eventLoop: any EventLoop
    private let onReports: @Sendable ([DeliveryReport]) -> [OutboundEvent]
    private let state: Mutex<State>
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now
    private let lingers: Bool
    private let ends = AsyncStream.makeStream(of: EndpointFailure.self)
    let bounds: DeliveryBounds

    /// - Parameter largestMessage: what the link takes, in bytes; 0 where it does not say.
    private init(
        _ connection: Connection, _ address: String, _ routing: BatchRouting, _ limits: BatchLimits, largestMessage: UInt64,
        on eventLoop: any EventLoop, onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) {
        self.connection = connection
        self.address = address
        self.routing = routing
        self.eventLoop = eventLoop
        self.onReports = onReports
        lingers = limits.linger > .zero
        let largest = largestMessage == 0 ? BatchLimits.bytesWithoutLimit : Int(clamping: largestMessage)
        bounds = DeliveryBounds(
            events: limits.events, bytes: min(limits.bytes ?? largest, largest), mayShare: routing.mayShare)
        state = Mutex(
            State(
                assembly: BatchAssembly(
                    limits: limits, largestMessage: largest, envelope: BatchEnvelope(entity: routing.writer.entity))))
    }

    /// Attaches to the entity.
    static func attach(
        _ connection: Connection, to address: String, _ routing: BatchRouting, _ limits: BatchLimits,
        on eventLoop: any EventLoop, onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(AMQPError) -> BatchSender {
        let settlements = LateSettlements()
        let sender = try await connection.openSender(to: address) { settlements.report($0, entityLink) }
        let batches = BatchSender(
            connection, address, routing, limits, largestMessage: sender.maxMessageSize, on: eventLoop, onReports: onReports)
        settlements.sender.withLock { $0 = WeakSender(sender: batches) }
        batches.state.withLock { $0.links[entityLink] = .attached(sender, underWay: 0) }
        batches.watch(sender, entityLink)
        return batches
    }

    // MARK: Out

    func send(_ events: [OutboundEvent]) {
        var next = events
        repeat { next = sendOnce(next) } while !next.isEmpty
    }

    /// - Returns: what the refusal of events that cannot be sent calls for.
    private func sendOnce(_ events: [OutboundEvent]) -> [OutboundEvent] {
        let encoded = EncodedDeliveries(events, routing)
        let now = lingers ? clock.now - start : .zero
        var refused = encoded.refused
        let leaving = state.withLock { state in
            encoded.forEach { delivery in
                let refusal = state.assembly.add(
                    delivery.id, events: delivery.events, sections: delivery.sections, messageID: delivery.messageID,
                    to: delivery.route, now: now)
                if let refusal { refused.append(refusal) }
            }
            defer { setTimer(&state, now) }
            return Self.leaving(state.assembly.takeReady(now: now), &state)
        }
        for send in leaving.sends.values { send.sender.send(send.deliveries) }
        for link in leaving.missing { Task { await attach(link) } }
        return refused.isEmpty ? [] : onReports(refused)
    }

    /// What goes over which link, and the links that have to be attached first.
    private struct Leaving {
        var sends: [Int: (sender: Sender, deliveries: [OutgoingDelivery])] = [:]
        var missing: [Int] = []
    }

    private static func leaving(_ batches: [Batch], _ state: inout State) -> Leaving {
        var leaving = Leaving()
        for batch in batches {
            let link = link(of: batch.route)
            switch state.links[link] {
            case .attached(let sender, let underWay):
                state.links[link] = .attached(sender, underWay: underWay + 1)
                leaving.sends[link, default: (sender, [])].deliveries.append(OutgoingDelivery(batch))
            case .attaching(let waiting):
                state.links[link] = .attaching(waiting + [batch])
            case nil:
                guard !state.isClosed else { continue }
                state.links[link] = .attaching([batch])
                leaving.missing.append(link)
            }
        }
        return leaving
    }

    private static func link(of route: BatchRoute) -> Int {
        if case .partition(let index) = route { index } else { entityLink }
    }

    // MARK: Outcomes

    fileprivate func settled(_ settlements: [Settlement], _ link: Int) {
        var reports: [DeliveryReport] = []
        state.withLock { state in
            var count = 0
            for settlement in settlements {
                let outcome = DeliveryReport(settlement).outcome
                if state.assembly.settle(settlement.id, outcome, into: &reports) != nil { count += 1 }
            }
            if case .attached(let sender, let underWay)? = state.links[link] {
                state.links[link] = .attached(sender, underWay: underWay - count)
            }
        }
        // First what comes of it, so that the next batches are fuller.
        send(reports.isEmpty ? [] : onReports(reports))
    }

    // MARK: Links

    private func attach(_ link: Int) async {
        let target = link == Self.entityLink ? address : "\(address)/Partitions/\(routing.partitions[link])"
        do throws(AMQPError) {
            let sender = try await connection.openSender(to: target) { [weak self] in self?.settled($0, link) }
            let waiting = state.withLock { state -> [Batch] in
                guard case .attaching(let waiting)? = state.links[link] else { return [] }
                state.links[link] = .attached(sender, underWay: waiting.count)
                return waiting
            }
            sender.send(waiting.map(OutgoingDelivery.init))
            watch(sender, link)
        } catch {
            end(EndpointFailure(error))
        }
    }

    private func watch(_ sender: Sender, _ link: Int) {
        Task { [weak self] in
            let error = await sender.ended
            self?.ended(link, error)
        }
    }

    private func ended(_ link: Int, _ error: AMQPError?) {
        let isQuiet = state.withLock { state -> Bool in
            guard !state.isClosed, let error, Self.isIdleDetach(error),
                case .attached(_, underWay: 0)? = state.links[link]
            else { return false }
            state.links[link] = nil
            return true
        }
        if !isQuiet { end(error.map(EndpointFailure.init)) }
    }

    private static func isIdleDetach(_ error: AMQPError) -> Bool {
        if case .linkDetached(let condition) = error { condition?.condition == "amqp:link:detach-forced" } else { false }
    }

    private func end(_ failure: EndpointFailure?) {
        if let failure { ends.continuation.yield(failure) }
        ends.continuation.finish()
    }

    func ended() async -> EndpointFailure? {
        await withTaskGroup(of: EndpointFailure?.self) { group in
            // No link may be there to tell of the connection's end.
            group.addTask { [connection] in await connection.closed.map(EndpointFailure.init) }
            group.addTask { [stream = ends.stream] in await stream.first { _ in true } }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    func close() async {
        let senders = state.withLock { state -> [Sender] in
            state.isClosed = true
            return state.links.values.compactMap { if case .attached(let sender, _) = $0 { sender } else { nil } }
        }
        await withTaskGroup { group in
            for sender in senders { group.addTask { await sender.detach() } }
        }
        end(nil)
    }

    // MARK: Linger

    private func setTimer(_ state: inout State, _ now: Duration) {
        guard lingers, !state.timerIsSet, let deadline = state.assembly.nextDeadline else { return }
        state.timerIsSet = true
        let wait = max(.milliseconds(1), deadline - now)
        eventLoop.scheduleTask(in: TimeAmount(wait)) { [weak self] in
            guard let self else { return }
            self.state.withLock { $0.timerIsSet = false }
            self.send([])
        }
    }
}

private struct WeakSender {
    weak var sender: BatchSender?
}

/// The entity's link is there before the sender that hears its outcomes; nothing is sent in between.
private final class LateSettlements: Sendable {
    let sender = Mutex<WeakSender>(WeakSender())

    func report(_ settlements: [Settlement], _ link: Int) {
        sender.withLock { $0.sender }?.settled(settlements, link)
    }
}

extension OutgoingDelivery {
    init(_ batch: Batch) {
        self.init(
            id: batch.number, bytes: batch.wireBytes, messageFormat: batch.isSingleMessage ? 0 : BatchEnvelope.messageFormat)
    }
}
