/// A message to send: one encoded AMQP message, or a batch envelope.
public struct OutgoingDelivery: Sendable {
    /// The caller's number; it comes back in the ``Settlement``.
    public var id: UInt64
    public var bytes: ArraySlice<UInt8>
    /// 0 for an AMQP message (part 3, section 3.2.16).
    public var messageFormat: UInt32
    /// At most 32 bytes, unique among the connection's unsettled deliveries. Nil: made by the engine.
    public var tag: [UInt8]?

    public init(id: UInt64, bytes: ArraySlice<UInt8>, messageFormat: UInt32 = 0, tag: [UInt8]? = nil) {
        self.id = id
        self.bytes = bytes
        self.messageFormat = messageFormat
        self.tag = tag
    }
}

/// A message that came in, whole.
public struct IncomingDelivery: Sendable {
    /// Counts up from 1 on its link. Settling takes it.
    public let id: UInt64
    let deliveryTag: DeliveryTag
    public let bytes: [UInt8]
    public let messageFormat: UInt32
    /// The sender wants no outcome.
    public let settled: Bool

    /// At most 32 bytes, the sender's.
    public var tag: [UInt8] { deliveryTag.bytes }
}

/// A delivery tag (at most 32 bytes, AMQP 1.0 part 2, section 2.8.7) without a heap allocation.
struct DeliveryTag: Sendable, Hashable {
    private var storage: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let count: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        let count = min(bytes.count, 32)
        self.count = count
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
    }

    init(_ number: UInt64) {
        storage.0 = number.bigEndian
        count = 8
    }

    /// The number that a tag of ours was made from.
    var number: UInt64 { UInt64(bigEndian: storage.0) }

    var bytes: [UInt8] {
        withUnsafeBytes { Array($0) }
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: storage) { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    static func == (a: DeliveryTag, b: DeliveryTag) -> Bool {
        a.count == b.count && a.storage == b.storage
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(storage.0)
        hasher.combine(storage.1)
        hasher.combine(count)
    }
}
