/// How a message wants to be delivered (AMQP 1.0 part 3, section 3.2.1).
public struct AMQPHeader: Sendable, Hashable {
    public var durable: Bool
    /// 4 where nobody says otherwise.
    public var priority: UInt8
    /// Milliseconds that the message lives; nil: for ever.
    public var ttlMilliseconds: UInt32?
    public var firstAcquirer: Bool
    /// Deliveries that failed before this one.
    public var deliveryCount: UInt32

    public static let defaultPriority: UInt8 = 4

    public init(
        durable: Bool = false,
        priority: UInt8 = AMQPHeader.defaultPriority,
        ttlMilliseconds: UInt32? = nil,
        firstAcquirer: Bool = false,
        deliveryCount: UInt32 = 0
    ) {
        self.durable = durable
        self.priority = priority
        self.ttlMilliseconds = ttlMilliseconds
        self.firstAcquirer = firstAcquirer
        self.deliveryCount = deliveryCount
    }
}

extension AMQPHeader {
    init(fields: inout AMQPFields) throws(AMQPDecodingError) {
        self.init()
        durable = try fields.boolean("durable") ?? false
        priority = try fields.ubyte("priority") ?? AMQPHeader.defaultPriority
        ttlMilliseconds = try fields.uint("ttl")
        firstAcquirer = try fields.boolean("first-acquirer") ?? false
        deliveryCount = try fields.uint("delivery-count") ?? 0
    }

    /// The list that goes on the wire: defaults are null, and null at the end is left out.
    var fields: [AMQPValue] {
        AMQPFields.trimmed([
            durable ? .boolean(true) : .null,
            priority == AMQPHeader.defaultPriority ? .null : .ubyte(priority),
            ttlMilliseconds.map { .uint($0) } ?? .null,
            firstAcquirer ? .boolean(true) : .null,
            deliveryCount == 0 ? .null : .uint(deliveryCount),
        ])
    }
}
