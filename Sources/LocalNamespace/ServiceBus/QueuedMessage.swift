import AMQPCodec

/// A message in a queue or subscription.
struct QueuedMessage: Sendable {
    enum State: Sendable, Hashable {
        case active
        case locked(AMQPUUID)
        case deferred
        case scheduled(at: Milliseconds)
    }

    var bytes: ArraySlice<UInt8>
    var sequence: Int64 = 0
    var enqueuedAt: Milliseconds = 0
    var expiresAt: Milliseconds?
    /// Deliveries that failed.
    var deliveryCount: UInt32 = 0
    var state = State.active
    var messageID: String?
    var sessionID: String?
    var scheduledAt: Milliseconds?
    var timeToLive: Milliseconds?
    /// The entity that a dead letter comes from.
    var deadLetterSource: String?

    /// What a message costs beside its own bytes.
    static let overheadBytes = 256
    var cost: Int { bytes.count + Self.overheadBytes }

    /// - Throws: `AMQPDecodingError` where the bytes are no message.
    init(_ bytes: ArraySlice<UInt8>) throws(AMQPDecodingError) {
        self.init(bytes, try AMQPMessage(parsing: bytes))
    }

    init(_ bytes: ArraySlice<UInt8>, _ message: AMQPMessage) {
        self.bytes = bytes
        messageID = message.properties.messageID.map { $0.text ?? "\($0)" }
        sessionID = message.properties.groupID
        timeToLive = message.header?.ttlMilliseconds.map { Milliseconds($0) }
        if case .timestamp(let time)? = message.messageAnnotations["x-opt-scheduled-enqueue-time"] { scheduledAt = time }
    }

    /// Adds what a dead letter tells about itself (reference 4.6).
    mutating func markDead(reason: String, description: String?, source: String) {
        deadLetterSource = source
        state = .active
        expiresAt = nil
        timeToLive = nil
        scheduledAt = nil
        guard var message = try? AMQPMessage(parsing: bytes) else { return }
        let names = ["DeadLetterReason", "DeadLetterErrorDescription"]
        message.applicationProperties.entries.removeAll { names.contains($0.key.text ?? "") }
        message.applicationProperties.append(.string(names[0]), .string(reason))
        if let description { message.applicationProperties.append(.string(names[1]), .string(description)) }
        var encoded: [UInt8] = []
        message.encode(into: &encoded)
        bytes = encoded[...]
    }
}
