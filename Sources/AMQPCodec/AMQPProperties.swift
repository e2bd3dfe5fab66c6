/// The immutable properties of a message (AMQP 1.0 part 3, section 3.2.4).
public struct AMQPProperties: Sendable, Hashable {
    /// ulong, uuid, binary or string.
    public var messageID: AMQPValue?
    public var userID: [UInt8]?
    public var to: String?
    public var subject: String?
    public var replyTo: String?
    /// ulong, uuid, binary or string. An answer has the request's message-id, in the same type.
    public var correlationID: AMQPValue?
    /// A media type.
    public var contentType: String?
    public var contentEncoding: String?
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var absoluteExpiryTime: Int64?
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var creationTime: Int64?
    /// The session, in Service Bus.
    public var groupID: String?
    public var groupSequence: UInt32?
    public var replyToGroupID: String?

    public init() {}

    public var isEmpty: Bool { self == AMQPProperties() }
}

extension AMQPProperties {
    init(fields: inout AMQPFields) throws(AMQPDecodingError) {
        self.init()
        messageID = fields.any()
        userID = try fields.binary("user-id")
        to = try fields.text("to")
        subject = try fields.text("subject")
        replyTo = try fields.text("reply-to")
        correlationID = fields.any()
        contentType = try fields.text("content-type")
        contentEncoding = try fields.text("content-encoding")
        absoluteExpiryTime = try fields.timestamp("absolute-expiry-time")
        creationTime = try fields.timestamp("creation-time")
        groupID = try fields.text("group-id")
        groupSequence = try fields.uint("group-sequence")
        replyToGroupID = try fields.text("reply-to-group-id")
    }

    /// The list that goes on the wire, null at the end left out.
    var fields: [AMQPValue] {
        AMQPFields.trimmed([
            messageID ?? .null,
            userID.map { .binary($0) } ?? .null,
            to.map { .string($0) } ?? .null,
            subject.map { .string($0) } ?? .null,
            replyTo.map { .string($0) } ?? .null,
            correlationID ?? .null,
            contentType.map { .symbol($0) } ?? .null,
            contentEncoding.map { .symbol($0) } ?? .null,
            absoluteExpiryTime.map { .timestamp($0) } ?? .null,
            creationTime.map { .timestamp($0) } ?? .null,
            groupID.map { .string($0) } ?? .null,
            groupSequence.map { .uint($0) } ?? .null,
            replyToGroupID.map { .string($0) } ?? .null,
        ])
    }
}
