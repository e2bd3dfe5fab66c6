public import AMQPCodec

/// Who settles when (`snd-settle-mode`, AMQP 1.0 part 2, section 2.8.2).
public enum SenderSettleMode: UInt8, Sendable, Hashable {
    case unsettled = 0
    case settled = 1
    case mixed = 2
}

/// `rcv-settle-mode`, AMQP 1.0 part 2, section 2.8.3.
public enum ReceiverSettleMode: UInt8, Sendable, Hashable {
    case first = 0
    case second = 1
}

/// How a sender attaches.
public struct SenderOptions: Sendable {
    /// The link's name. Nil: one that is unique within the connection.
    public var name: String?
    /// The address of our own end. Nil: none.
    public var sourceAddress: String?
    public var settleMode: SenderSettleMode
    public var receiverSettleMode: ReceiverSettleMode
    /// Link properties, keyed by symbols.
    public var properties: AMQPMap
    public var targetCapabilities: [String]
    /// Bytes that may wait inside the engine before it takes the next message. More only costs
    /// memory: the rest waits in the sender's own queue.
    public var engineBytes: Int

    public init(
        name: String? = nil, sourceAddress: String? = nil, settleMode: SenderSettleMode = .unsettled,
        receiverSettleMode: ReceiverSettleMode = .first, properties: AMQPMap = AMQPMap(),
        targetCapabilities: [String] = [], engineBytes: Int = 32_768
    ) {
        self.name = name
        self.sourceAddress = sourceAddress
        self.settleMode = settleMode
        self.receiverSettleMode = receiverSettleMode
        self.properties = properties
        self.targetCapabilities = targetCapabilities
        self.engineBytes = engineBytes
    }
}

/// How a receiver attaches.
public struct ReceiverOptions: Sendable {
    /// The link's name. Nil: one that is unique within the connection.
    public var name: String?
    /// The address of our own end. Nil: none.
    public var targetAddress: String?
    /// Messages that may be under way or waiting to be consumed; it bounds the memory.
    public var credit: Int
    public var settleMode: SenderSettleMode
    public var receiverSettleMode: ReceiverSettleMode
    /// The source's filter set: keys are symbols, values are described values.
    public var filters: AMQPMap
    /// Link properties, keyed by symbols.
    public var properties: AMQPMap
    public var sourceCapabilities: [String]
    /// Bytes; 0 = no limit. A longer message ends the link.
    public var maxMessageSize: UInt64

    public init(
        name: String? = nil, targetAddress: String? = nil, credit: Int = 1000,
        settleMode: SenderSettleMode = .unsettled, receiverSettleMode: ReceiverSettleMode = .first,
        filters: AMQPMap = AMQPMap(), properties: AMQPMap = AMQPMap(), sourceCapabilities: [String] = [],
        maxMessageSize: UInt64 = 0
    ) {
        self.name = name
        self.targetAddress = targetAddress
        self.credit = credit
        self.settleMode = settleMode
        self.receiverSettleMode = receiverSettleMode
        self.filters = filters
        self.properties = properties
        self.sourceCapabilities = sourceCapabilities
        self.maxMessageSize = maxMessageSize
    }
}
