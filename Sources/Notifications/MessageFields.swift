/// Fields of a message that are neither context attributes nor the publisher's own properties:
/// MQTT 5 correlation data, response topic and expiry, and the system properties of device topics.
public struct MessageFields: Sendable, Hashable {
    public var messageID: String?
    public var correlationID: [UInt8]?
    public var userID: [UInt8]?
    public var contentEncoding: String?
    /// MQTT 5 response topic, AMQP reply-to.
    public var replyTo: String?
    /// When the message stops being of use: milliseconds since 1970-01-01T00:00:00Z.
    public var expiresAtMilliseconds: Int64?

    public init(
        messageID: String? = nil,
        correlationID: [UInt8]? = nil,
        userID: [UInt8]? = nil,
        contentEncoding: String? = nil,
        replyTo: String? = nil,
        expiresAtMilliseconds: Int64? = nil
    ) {
        self.messageID = messageID
        self.correlationID = correlationID
        self.userID = userID
        self.contentEncoding = contentEncoding
        self.replyTo = replyTo
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }

    public var isEmpty: Bool {
        self == MessageFields()
    }
}
