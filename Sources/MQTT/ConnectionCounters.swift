/// What a ``Connection`` has seen since it was made.
public struct ConnectionCounters: Sendable, Equatable {
    public var attempts: UInt64 = 0
    public var connected: UInt64 = 0
    public var batches: UInt64 = 0
    public var messages: UInt64 = 0
    public var payloadBytes: UInt64 = 0
    /// QoS 1 messages whose PUBACK was written. Less than ``messages`` by those of QoS 0, those
    /// held, those refused and those whose connection ended first.
    public var acknowledged: UInt64 = 0
    public var batchesRefused: UInt64 = 0
    /// Batches that stayed undecided past the hold limit.
    public var batchesExpired: UInt64 = 0
    /// QoS 1 messages read from a connection that ended before they were handed on; the broker
    /// keeps them and sends them again.
    public var leftToBroker: UInt64 = 0
    /// QoS 0 messages that came in while the connection was being ended.
    public var droppedWhileStopping: UInt64 = 0
    public var subscriptionsRefused: UInt64 = 0
    /// How often a connection failed or ended, by ``ConnectionFailure/kind``. A topic with U+0000
    /// or invalid UTF-8 counts here as `malformed-packet`.
    public var failures: [ConnectionFailure.Kind: UInt64] = [:]

    public init() {}
}
