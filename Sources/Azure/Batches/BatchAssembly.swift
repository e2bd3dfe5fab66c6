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

    fileprivate struct Open {
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
    private var routes: [BatchRoute: Open] = [:]
    private var batches: [UInt64: Batch] = [:]
    private var lastNumber: UInt64 = 0
    /// Routes whose open batch may have to go.
    private var marked: [BatchRoute] = []
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
        if !fits(events, sections.count, route) { close(route) }
        let needsHead = needsHead(events, route)
        let head = needsHead ? envelope.head(route, firstMessageID: firstMessageID(route) ?? messageID) : nil
        let isSingle = events == 1 && BatchEnvelope.sendsSingleMessages(route)
        let size =
            isSingle ? sections.count - BatchEnvelope.sectionHead(sections) : (head?.count ?? 0) + sections.count
        guard size <= largestMessage else { return DeliveryReport(id: id, bytes: size, limit: largestMessage) }
        routes[route, default: Open()].add(id, events, sections, messageID, head, now)
        mark(route)
        return nil
    }

    /// Whether so much more goes into the open batch; into an empty one, everything does.
    private func fits(_ events: Int, _ bytes: Int, _ route: BatchRoute) -> Bool {
        guard let open = routes[route], !open.parts.isEmpty else { return true }
        guard open.events + events <= limits.events, open.bytes.count + bytes <= largestBatch else { return false }
        let head = open.head?.count ?? envelope.head(route, firstMessageID: open.parts[0].messageID).count
        return head + open.bytes.count + bytes <= largestBatch
    }

    /// Whether the open batch becomes one that needs an envelope, and has none yet. Of many keys most
    /// have one event, and a head that nobody sends would cost as much as the event.
    private func needsHead(_ events: Int, _ route: BatchRoute) -> Bool {
        guard let open = routes[route], !open.parts.isEmpty else {
            return events > 1 || !BatchEnvelope.sendsSingleMessages(route)
        }
        return open.head == nil
    }

    private func firstMessageID(_ route: BatchRoute) -> String? { routes[route]?.parts.first?.messageID }

    /// A route is looked at once, however many of its batches have news.
    private mutating func mark(_ route: BatchRoute) {
        guard let open = routes[route], !open.isMarked else { return }
        routes[route]?.isMarked = true
        marked.append(route)
    }

    // MARK: Out

    /// What may go now.
    mutating func takeReady(now: Duration) -> [Batch] {
        let looked = marked
        marked = []
        for route in looked {
            guard let open = routes[route] else { continue }
            routes[route]?.isMarked = false
            if open.parts.isEmpty {
                if open.underWay == 0 { routes[route] = nil }
            } else if open.events >= limits.events {
                close(route)
            } else if limits.linger > .zero, now - open.since < limits.linger {
                mark(route)
            } else if open.underWay < Self.partialsUnderWay {
                close(route)
            }
        }
        defer { ready = [] }
        return ready
    }

    /// When a batch has waited long enough for more events.
    var nextDeadline: Duration? {
        guard limits.linger > .zero else { return nil }
        return marked.compactMap { routes[$0] }.filter { !$0.parts.isEmpty }.map { $0.since + limits.linger }.min()
    }

    private mutating func close(_ route: BatchRoute) {
        guard var open = routes[route], !open.parts.isEmpty else { return }
        routes[route] = nil
        let head = open.head ?? []
        start(
            Batch(
                number: nextNumber(), route: route, bytes: head.isEmpty ? open.bytes : head + open.bytes, head: head.count,
                parts: open.parts))
        (open.bytes, open.head, open.parts, open.events) = ([], nil, [], 0)
        open.underWay += 1
        routes[route] = open
    }

    private mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    private mutating func start(_ batch: Batch) {
        batches[batch.number] = batch
        ready.append(batch)
    }

    // MARK: Outcomes

    /// - Parameter reports: is given what became of the batch's deliveries.
    /// - Returns: the batch's route; `nil` where nothing is known of it.
    mutating func settle(
        _ number: UInt64, _ outcome: DeliveryReport.Outcome, into reports: inout [DeliveryReport]
    ) -> BatchRoute? {
        guard let batch = batches.removeValue(forKey: number) else { return nil }
        routes[batch.route]?.underWay -= 1
        if case .failed(let failure) = outcome, failure.kind.isFinalForEvent, batch.parts.count > 1 {
            let half = batch.parts.count / 2
            for range in [0..<half, half..<batch.parts.count] {
                routes[batch.route, default: Open()].underWay += 1
                start(batch.part(range, number: nextNumber(), envelope: envelope))
            }
        } else {
            for part in batch.parts { reports.append(DeliveryReport(id: part.id, outcome: outcome)) }
        }
        mark(batch.route)
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
