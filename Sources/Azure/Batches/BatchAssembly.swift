/// Packs deliveries into batches, and tells from a batch's outcome what became of each: decides, and
/// does nothing else.
///
/// Deliveries of a route go into its open batch in the order they come. It is closed when the next
/// does not fit; one that is not full goes as soon as fewer than ``partialsUnderWay`` of its route
/// are without an outcome, so that batches grow with the load and nothing waits on a quiet link. With
/// a linger it waits at least so long.
///
/// A batch that is refused for good is halved, down to the delivery that is refused alone: only that
/// one's failure is told, and ``DeliverySchedule`` looks for the guilty event in it. All other
/// failures hold for each delivery of the batch. A subject has one delivery under way at a time, so
/// batches under way hold different subjects and may overtake each other.
struct BatchAssembly {
    static let partialsUnderWay = 2

    /// A route and its open batch.
    fileprivate struct Open {
        let route: BatchRoute
        /// Data sections.
        var bytes: [UInt8] = []
        /// The envelope's; `nil` while one event waits, which may go without.
        var head: [UInt8]?
        var parts: [Batch.Part] = []
        var events = 0
        var since: Duration = .zero
        /// Batches without an outcome.
        var underWay = 0
        var isMarked = false
    }

    let limits: BatchLimits
    /// What the link takes in a message, in bytes.
    let largestMessage: Int
    private let envelope: BatchEnvelope
    private let largestBatch: Int
    /// Where in `open` each route stands: it is looked up once for a delivery, and not for an outcome.
    private var slots: [BatchRoute: Int] = [:]
    private var open: [Open] = []
    private var freeSlots: [Int] = []
    private var batches: [UInt64: Batch] = [:]
    private var lastNumber: UInt64 = 0
    /// Slots whose open batch may have to go.
    private var marked: [Int] = []
    private var ready: [Batch] = []

    init(limits: BatchLimits, largestMessage: Int, envelope: BatchEnvelope) {
        self.limits = limits
        self.largestMessage = largestMessage
        self.envelope = envelope
        largestBatch = min(limits.bytes ?? largestMessage, largestMessage)
    }

    var underWay: Int { batches.count }

    // MARK: In

    /// Takes one delivery.
    ///
    /// - Parameters:
    ///   - sections: its messages, each in a data section.
    ///   - messageID: of its first event.
    /// - Returns: why not, where the link would never take it.
    mutating func add(
        _ id: UInt64, events: Int, sections: ArraySlice<UInt8>, messageID: String?, to route: BatchRoute, now: Duration
    ) -> DeliveryReport? {
        let slot = slot(of: route)
        // A slot that holds nothing in the end is let go of there.
        mark(slot)
        if !fits(events, sections.count, slot) { close(slot) }
        let firstMessageID = open[slot].parts.first?.messageID ?? messageID
        let head = needsHead(events, slot) ? envelope.head(route, firstMessageID: firstMessageID) : nil
        let isSingle = events == 1 && BatchEnvelope.sendsSingleMessages(route)
        let size =
            isSingle ? sections.count - BatchEnvelope.sectionHead(sections) : (head?.count ?? 0) + sections.count
        guard size <= largestMessage else { return DeliveryReport(id: id, bytes: size, limit: largestMessage) }
        open[slot].add(id, events, sections, messageID, head, now)
        return nil
    }

    private mutating func slot(of route: BatchRoute) -> Int {
        if let slot = slots[route] { return slot }
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            open[slot] = Open(route: route)
        } else {
            slot = open.count
            open.append(Open(route: route))
        }
        slots[route] = slot
        return slot
    }

    /// Whether so much more goes into the open batch; into an empty one, everything does.
    private func fits(_ events: Int, _ bytes: Int, _ slot: Int) -> Bool {
        guard !open[slot].parts.isEmpty else { return true }
        guard open[slot].events + events <= limits.events, open[slot].bytes.count + bytes <= largestBatch else { return false }
        let head =
            open[slot].head?.count
            ?? envelope.head(open[slot].route, firstMessageID: open[slot].parts[0].messageID).count
        return head + open[slot].bytes.count + bytes <= largestBatch
    }

    /// Whether the open batch becomes one that needs an envelope, and has none yet. Of many keys most
    /// have one event, and a head that nobody sends would cost as much as the event.
    private func needsHead(_ events: Int, _ slot: Int) -> Bool {
        guard !open[slot].parts.isEmpty else {
            return events > 1 || !BatchEnvelope.sendsSingleMessages(open[slot].route)
        }
        return open[slot].head == nil
    }

    /// A slot is looked at once, however many of its batches have news.
    private mutating func mark(_ slot: Int) {
        guard !open[slot].isMarked else { return }
        open[slot].isMarked = true
        marked.append(slot)
    }

    // MARK: Out

    /// What may go now.
    mutating func takeReady(now: Duration) -> [Batch] {
        let looked = marked
        marked = []
        for slot in looked {
            open[slot].isMarked = false
            if open[slot].parts.isEmpty {
                if open[slot].underWay == 0 { letGo(of: slot) }
            } else if open[slot].events >= limits.events {
                close(slot)
            } else if limits.linger > .zero, now - open[slot].since < limits.linger {
                mark(slot)
            } else if open[slot].underWay < Self.partialsUnderWay {
                close(slot)
            }
        }
        defer { ready = [] }
        return ready
    }

    private mutating func letGo(of slot: Int) {
        slots[open[slot].route] = nil
        freeSlots.append(slot)
    }

    /// When a batch has waited long enough for more events.
    var nextDeadline: Duration? {
        guard limits.linger > .zero else { return nil }
        return marked.filter { !open[$0].parts.isEmpty }.map { open[$0].since + limits.linger }.min()
    }

    private mutating func close(_ slot: Int) {
        guard !open[slot].parts.isEmpty else { return }
        let closed = open[slot].takeAll()
        let head = closed.head ?? []
        start(
            Batch(
                number: nextNumber(), route: open[slot].route, slot: slot,
                bytes: head.isEmpty ? closed.bytes : head + closed.bytes, head: head.count, parts: closed.parts))
    }

    private mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    private mutating func start(_ batch: Batch) {
        batches[batch.number] = batch
        open[batch.slot].underWay += 1
        ready.append(batch)
    }

    // MARK: Outcomes

    /// - Parameter reports: is given what became of the batch's deliveries.
    /// - Returns: the batch's route; `nil` where nothing is known of it.
    mutating func settle(
        _ number: UInt64, _ outcome: DeliveryReport.Outcome, into reports: inout [DeliveryReport]
    ) -> BatchRoute? {
        guard let batch = batches.removeValue(forKey: number) else { return nil }
        open[batch.slot].underWay -= 1
        if case .failed(let failure) = outcome, failure.kind.isFinalForEvent, batch.parts.count > 1 {
            let half = batch.parts.count / 2
            for range in [0..<half, half..<batch.parts.count] {
                start(batch.part(range, number: nextNumber(), envelope: envelope))
            }
        } else {
            for part in batch.parts { reports.append(DeliveryReport(id: part.id, outcome: outcome)) }
        }
        mark(batch.slot)
        return batch.route
    }
}

extension BatchAssembly.Open {
    fileprivate mutating func add(
        _ id: UInt64, _ events: Int, _ sections: ArraySlice<UInt8>, _ messageID: String?, _ newHead: [UInt8]?, _ now: Duration
    ) {
        if parts.isEmpty { since = now }
        if let newHead { head = newHead }
        bytes.append(contentsOf: sections)
        parts.append(Batch.Part(id: id, events: events, end: bytes.count, messageID: messageID))
        self.events += events
    }

    /// What is in the batch, which is empty then.
    fileprivate mutating func takeAll() -> (bytes: [UInt8], head: [UInt8]?, parts: [Batch.Part]) {
        defer { (bytes, head, parts, events) = ([], nil, [], 0) }
        return (bytes, head, parts)
    }
}

extension DeliveryReport {
    /// Larger than the link takes: not sent.
    init(id: UInt64, bytes: Int, limit: Int) {
        let condition = "amqp:link:message-size-exceeded"
        self.init(
            id: id,
            outcome: .failed(
                EndpointFailure(
                    kind: FailureTable.kind(ofRejection: condition), condition: condition,
                    detail: "\(bytes) bytes, the link takes \(limit); not sent")))
    }
}
