import CProton
import NIOCore

/// A link on which we send. Messages wait in `queue` until the peer gave credit and the engine has
/// room, for Proton does not bound its own buffers.
final class SendingLink: ProtonLink {
    struct Entry {
        var delivery: OutgoingDelivery
        /// Tells the outcome of this one message instead of reporting it with the others.
        var completion: ((Result<Outcome, AMQPError>) -> Void)?
    }

    var onOutcomes: (([Settlement]) -> Void)?
    private let session: OpaquePointer
    private let engineBytes: Int
    private let sendsSettled: Bool
    private var queue = CircularBuffer<OutgoingDelivery>()
    private var completions: [UInt64: (Result<Outcome, AMQPError>) -> Void] = [:]
    private var settlements: [Settlement] = []
    /// Off: what the peer decided but did not settle waits in `undecided`.
    var settlesOutcomes = true
    private var undecided: [UInt64: OpaquePointer] = [:]
    private var sentCount: Int64 = 0
    private var lastLimit: Int64 = 0

    init(_ pointer: OpaquePointer, address: String, engine: Engine, engineBytes: Int) {
        session = pn_link_session(pointer)
        self.engineBytes = engineBytes
        sendsSettled = pn_link_snd_settle_mode(pointer) == PN_SND_SETTLED
        super.init(pointer, address: address, engine: engine)
    }

    /// 0 = no limit.
    var maxMessageSize: UInt64 { pn_link_remote_max_message_size(pointer) }
    var queuedCount: Int { queue.count }

    /// Whether the peer moved the limit of what we may send since the last question. Proton's event
    /// also comes for each message that goes out.
    func takeCreditNews() -> Bool {
        let limit = sentCount + Int64(pn_link_credit(pointer))
        defer { lastLimit = limit }
        return limit != lastLimit
    }

    func enqueue(_ deliveries: [OutgoingDelivery]) {
        guard !isEnded, !isDetaching else { return }
        queue.append(contentsOf: deliveries)
    }

    /// Sends one message whose outcome goes to `completion`.
    func enqueue(_ bytes: [UInt8], completion: @escaping (Result<Outcome, AMQPError>) -> Void) {
        guard !isEnded, !isDetaching else { return completion(.failure(.closedLocally)) }
        if isTooLarge(bytes.count) {
            return completion(.failure(.messageTooLarge(bytes: bytes.count, limit: maxMessageSize)))
        }
        let number = engine.nextTag()
        completions[number] = completion
        queue.append(OutgoingDelivery(id: 0, bytes: bytes[...], tag: DeliveryTag(number).bytes))
    }

    private func isTooLarge(_ count: Int) -> Bool {
        maxMessageSize > 0 && UInt64(count) > maxMessageSize
    }

    /// Hands over to Proton what credit and room allow. True when anything moved.
    func pump() -> Bool {
        guard isOpen, !isEnded, !isDetaching else { return false }
        var moved = false
        while !queue.isEmpty, pn_link_credit(pointer) > 0, pn_session_outgoing_bytes(session) < engineBytes {
            send(queue.removeFirst())
            moved = true
        }
        if pn_link_get_drain(pointer), queue.isEmpty, pn_link_credit(pointer) > 0 {
            // Used up by moving the delivery count (part 2, section 2.6.7).
            sentCount += Int64(max(0, pn_link_drained(pointer)))
            engine.reportDrained(self)
            moved = true
        }
        return moved
    }

    /// Why a message is not sent at all: it would cost us the link or the connection.
    private func refusal(_ delivery: OutgoingDelivery) -> ErrorCondition? {
        let bytes = delivery.bytes.count
        if isTooLarge(bytes) {
            return ErrorCondition(
                "amqp:link:message-size-exceeded", description: "\(bytes) bytes, the link takes \(maxMessageSize); not sent")
        }
        if delivery.messageFormat != 0, !engine.hasRoomForFormat(bytes: bytes) {
            return ErrorCondition(
                "amqp:frame-size-too-small",
                description: "the peer's frames have no room for a message-format in \(bytes) bytes; not sent")
        }
        return nil
    }

    private func send(_ delivery: OutgoingDelivery) {
        if let refusal = refusal(delivery) {
            if settlements.isEmpty { engine.markReports(of: self) }
            settlements.append(Settlement(id: delivery.id, outcome: .rejected(refusal)))
            return
        }
        let tag = delivery.tag.map { $0.withUnsafeBytes { DeliveryTag($0) } } ?? DeliveryTag(engine.nextTag())
        let handle = tag.withUnsafeBytes { bytes in
            pn_delivery(pointer, pn_dtag(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count))
        }
        guard let handle else { return }
        // The caller's number travels as the context pointer: no table, no allocation.
        pn_delivery_set_context(handle, UnsafeMutableRawPointer(bitPattern: UInt(delivery.id)))
        if delivery.messageFormat != 0 { engine.setFormat(delivery.messageFormat, ofDelivery: tag) }
        delivery.bytes.withUnsafeBytes { bytes in
            _ = pn_link_send(pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        pn_link_advance(pointer)
        sentCount += 1
        if sendsSettled {
            report(handle, tag: tag, .accepted)
            pn_delivery_settle(handle)
        }
    }

    override func update(_ delivery: OpaquePointer) {
        guard pn_delivery_updated(delivery) else { return }
        let isSettled = pn_delivery_settled(delivery)
        guard let outcome = Outcome(remoteOf: delivery) ?? (isSettled ? .released : nil) else {
            // `received` says how far the peer is, not what it decides.
            pn_delivery_clear(delivery)
            return
        }
        let tag = completions.isEmpty ? nil : Self.tag(of: delivery)
        report(delivery, tag: tag, outcome)
        // Without settling, Proton would keep the delivery for ever.
        if isSettled {
            if !settlesOutcomes { undecided[Self.number(of: delivery)] = nil }
            pn_delivery_settle(delivery)
        } else if settlesOutcomes {
            outcome.echo(delivery)
        } else {
            pn_delivery_clear(delivery)
            undecided[Self.number(of: delivery)] = delivery
        }
    }

    /// Settles what waits in `undecided`.
    func confirm(_ ids: [UInt64], as outcome: Outcome) {
        guard !isEnded else { return }
        for id in ids {
            if let delivery = undecided.removeValue(forKey: id) { outcome.settle(delivery) }
        }
    }

    private static func number(of delivery: OpaquePointer) -> UInt64 {
        UInt64(UInt(bitPattern: pn_delivery_get_context(delivery)))
    }

    private static func tag(of delivery: OpaquePointer) -> DeliveryTag {
        let tag = pn_delivery_tag(delivery)
        return DeliveryTag(UnsafeRawBufferPointer(start: tag.start, count: tag.size))
    }

    private func report(_ delivery: OpaquePointer, tag: DeliveryTag?, _ outcome: Outcome) {
        if let tag, !completions.isEmpty, let completion = completions.removeValue(forKey: tag.number) {
            completion(.success(outcome))
            return
        }
        if settlements.isEmpty { engine.markReports(of: self) }
        settlements.append(Settlement(id: Self.number(of: delivery), outcome: outcome))
    }

    override func flushReports() {
        guard !settlements.isEmpty else { return }
        let batch = settlements
        settlements = []
        settlements.reserveCapacity(batch.count)
        onOutcomes?(batch)
    }

    override func end(_ error: AMQPError?) {
        guard !isEnded else { return }
        super.end(error)
        queue.removeAll()
        undecided = [:]
        let waiting = completions
        completions = [:]
        onOutcomes = nil
        for completion in waiting.values { completion(.failure(error ?? .closedLocally)) }
    }
}
