import CProton

/// A link on which we receive. What is under way or not yet consumed never exceeds `window`.
final class ReceivingLink: ProtonLink {
    enum Sink {
        /// A batch per read; credit comes back through ``ReceivingLink/consumed(_:)``.
        case batches(([IncomingDelivery]) -> Void)
        /// One by one, with the decision at once or later; credit comes back with the decision.
        case each((IncomingDelivery) -> DeliveryDecision)
    }

    var sink: Sink?
    /// 0: credit is granted by hand only.
    private let window: Int
    private let maxMessageSize: UInt64
    private var lastID: UInt64 = 0
    private var unsettled: [UInt64: OpaquePointer] = [:]
    private var batch: [IncomingDelivery] = []
    /// The frames so far of the delivery that is coming in.
    private var partial: [UInt8] = []
    private var format: UInt32 = 0
    /// Consumed, but the peer has not been told that it may send as many again.
    private var owed = 0

    init(_ pointer: OpaquePointer, address: String, engine: Engine, window: Int, maxMessageSize: UInt64) {
        self.window = window
        self.maxMessageSize = maxMessageSize
        super.init(pointer, address: address, engine: engine)
    }

    func grantFirstCredit() {
        if window > 0 { pn_link_flow(pointer, Int32(clamping: window)) }
    }

    func grant(_ credit: Int) {
        guard !isEnded, !isDetaching, credit > 0 else { return }
        pn_link_flow(pointer, Int32(clamping: credit))
    }

    /// Gives credit and takes back what the peer does not use of it at once.
    func drain(_ credit: Int) {
        guard !isEnded, !isDetaching else { return }
        pn_link_drain(pointer, Int32(clamping: credit))
    }

    /// So many messages are out of our hands. Credit goes back in quarters of the window: a flow
    /// frame for each message would cost more than the message.
    func consumed(_ count: Int) {
        guard window > 0, !isEnded, !isDetaching else { return }
        owed += count
        if owed >= max(1, window / 4) {
            pn_link_flow(pointer, Int32(clamping: owed))
            owed = 0
        }
    }

    override func update(_ delivery: OpaquePointer) {
        if pn_delivery_get_context(delivery) == nil { begin(delivery) }
        guard pn_delivery_current(delivery) else {
            // Not news of the content: the sender has settled what we decided.
            if pn_delivery_settled(delivery) { forget(delivery) }
            return
        }
        if pn_delivery_aborted(delivery) {
            partial = []
            pn_delivery_settle(delivery)
            consumed(1)
            return
        }
        read(delivery)
    }

    /// First news of a delivery: give it a number, and find its message-format.
    private func begin(_ delivery: OpaquePointer) {
        lastID += 1
        pn_delivery_set_context(delivery, UnsafeMutableRawPointer(bitPattern: UInt(lastID)))
        format = engine.takeFormat(ofDelivery: delivery)
        partial = []
    }

    private func read(_ delivery: OpaquePointer) {
        let isPartial = pn_delivery_partial(delivery)
        let pending = pn_delivery_pending(delivery)
        if maxMessageSize > 0, UInt64(partial.count + pending) > maxMessageSize {
            partial = []
            // Settled, so that Proton throws away the frames that still come.
            pn_delivery_settle(delivery)
            engine.detach(self, because: ErrorCondition(
                "amqp:link:message-size-exceeded", description: "the link takes \(maxMessageSize) bytes"))
            return
        }
        if isPartial || !partial.isEmpty {
            // Taken out of Proton at once, so that the session's window stays open.
            append(pending)
            guard !isPartial else { return }
        }
        let bytes = partial.isEmpty ? receive(pending) : partial
        partial = []
        complete(delivery, bytes)
    }

    private func receive(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            let start = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            written = count > 0 ? max(0, pn_link_recv(pointer, start, count)) : 0
        }
    }

    private func append(_ count: Int) {
        if count > 0 { partial.append(contentsOf: receive(count)) }
    }

    private func complete(_ delivery: OpaquePointer, _ bytes: [UInt8]) {
        let tag = pn_delivery_tag(delivery)
        let incoming = IncomingDelivery(
            id: UInt64(UInt(bitPattern: pn_delivery_get_context(delivery))),
            deliveryTag: DeliveryTag(UnsafeRawBufferPointer(start: tag.start, count: tag.size)),
            bytes: bytes, messageFormat: format, settled: pn_delivery_settled(delivery))
        pn_link_advance(pointer)
        // A client that has been told of the end, but does not know yet, sends it again elsewhere.
        if engine.settings.isServer, isDetaching || engine.isClosing { return Outcome.released.settle(delivery) }
        switch sink {
        case .batches:
            if incoming.settled { pn_delivery_settle(delivery) } else { unsettled[incoming.id] = delivery }
            if batch.isEmpty { engine.markReports(of: self) }
            batch.append(incoming)
        case .each(let decide):
            // Known before the callback, which may settle from within.
            if !incoming.settled { unsettled[incoming.id] = delivery }
            let decision = decide(incoming)
            if incoming.settled {
                pn_delivery_settle(delivery)
                consumed(1)
            } else if case .settle(let outcome) = decision {
                settle([incoming.id], as: outcome)
            }
        case nil:
            Outcome.released.settle(delivery)
        }
    }

    private func forget(_ delivery: OpaquePointer) {
        let id = UInt64(UInt(bitPattern: pn_delivery_get_context(delivery)))
        guard unsettled.removeValue(forKey: id) != nil else { return }
        pn_delivery_settle(delivery)
        if case .each = sink { consumed(1) }
    }

    /// Numbers that are unknown, or settled before, are passed over.
    func settle(_ ids: [UInt64], as outcome: Outcome) {
        guard !isEnded else { return }
        var settled = 0
        for id in ids {
            guard let delivery = unsettled.removeValue(forKey: id) else { continue }
            outcome.settle(delivery)
            settled += 1
        }
        if case .each = sink { consumed(settled) }
    }

    override func flushReports() {
        guard case .batches(let take) = sink, !batch.isEmpty else { return }
        let full = batch
        batch = []
        batch.reserveCapacity(full.count)
        take(full)
    }

    override func end(_ error: AMQPError?) {
        guard !isEnded else { return }
        super.end(error)
        unsettled = [:]
        partial = []
        sink = nil
    }
}
