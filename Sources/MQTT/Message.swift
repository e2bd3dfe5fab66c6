/// One PUBLISH packet as it came.
public struct Message: Sendable {
    public var topic: String
    /// Where the payload lies in the batch's ``MessageBatch/arena``; empty for an empty payload.
    public var payload: Range<Int>
    /// 0 or 1.
    public var qos: UInt8
    /// Sent because it was stored at the broker when the subscription was made.
    public var retained: Bool
    /// 0 for QoS 0.
    public var packetID: UInt16
    /// The DUP flag, of the messages that a connection begins with: what a broker sends again comes
    /// first. False from the first message of QoS 1 on that has none.
    public var redelivered: Bool
    /// `nil` where the packet had none, and always with MQTT 3.1.1.
    public var properties: MessageProperties?

    public init(
        topic: String, payload: Range<Int>, qos: UInt8, retained: Bool, packetID: UInt16,
        redelivered: Bool = false, properties: MessageProperties? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retained = retained
        self.packetID = packetID
        self.redelivered = redelivered
        self.properties = properties
    }

    /// The payload's bytes, without a copy.
    public func payload(in batch: MessageBatch) -> ArraySlice<UInt8> {
        batch.arena[payload]
    }
}
