/// Gathers what the library's callbacks bring, until the loop takes it.
struct Intake {
    enum Event {
        case connected(code: Int32, sessionPresent: Bool, serverKeepAlive: Int?)
        case subscribed(id: Int32, codes: [Int32])
        case unsubscribed
        /// PUBACK for QoS 1; written to the socket for QoS 0.
        case published(code: Int32)
        case disconnected(code: Int32)
    }

    private let limits: BatchLimits
    private(set) var messages: [Message] = []
    private var arena: [UInt8] = []
    private(set) var events: [Event] = []
    /// Callbacks so far: when a read adds none, no whole packet was there.
    private(set) var progress: UInt64 = 0
    /// PUBACKs of outgoing messages since taken.
    private(set) var published = 0
    /// From now on messages are counted, not kept.
    var discardsMessages = false
    private(set) var discardedQoS0: UInt64 = 0
    private(set) var discardedQoS1: UInt64 = 0
    /// Room to set aside for the next batch, from the size of the last.
    private var expectedMessages = 0
    private var expectedBytes = 0

    init(limits: BatchLimits) {
        self.limits = limits
    }

    var isFull: Bool {
        limits.reached(messages: messages.count, bytes: arena.count)
    }

    mutating func add(
        topic: String, payload: UnsafeRawBufferPointer, qos: UInt8, retained: Bool, packetID: UInt16,
        redelivered: Bool = false, properties: MessageProperties?
    ) {
        progress &+= 1
        guard !discardsMessages else {
            if qos == 0 { discardedQoS0 += 1 } else { discardedQoS1 += 1 }
            return
        }
        if messages.isEmpty {
            messages.reserveCapacity(expectedMessages)
            arena.reserveCapacity(expectedBytes)
        }
        let start = arena.count
        arena.append(contentsOf: payload)
        messages.append(
            Message(
                topic: topic, payload: start..<arena.count, qos: qos, retained: retained,
                packetID: packetID, redelivered: redelivered, properties: properties))
    }

    mutating func add(_ event: Event) {
        progress &+= 1
        // One a message: kept as a count.
        if case .published(let code) = event, code < 128 {
            published += 1
        } else {
            events.append(event)
        }
    }

    mutating func takeEvents() -> [Event] {
        defer { events.removeAll() }
        return events
    }

    mutating func takePublished() -> Int {
        defer { published = 0 }
        return published
    }

    mutating func takeBatch() -> MessageBatch {
        let batch = MessageBatch(messages: messages, arena: arena)
        expectedMessages = messages.count
        // A rare large batch must not make every later one as large.
        expectedBytes = min(arena.count, limits.bytes, 1 << 20)
        messages = []
        arena = []
        return batch
    }

    /// Of a connection that ended in the middle of a batch: the messages of QoS 0, which nobody
    /// sends again, and how many the broker keeps.
    mutating func takeUnacknowledgeable() -> (batch: MessageBatch, leftToBroker: Int) {
        let batch = takeBatch()
        let kept = batch.messages.filter { $0.qos == 0 }
        return (MessageBatch(messages: kept, arena: batch.arena), batch.messages.count - kept.count)
    }
}
