/// The properties of an MQTT 5 PUBLISH packet (MQTT 5, 3.3.2.3).
public struct MessageProperties: Sendable, Hashable {
    /// In the order they came; names may repeat.
    public var userProperties: [UserProperty]
    public var contentType: String?
    public var correlationData: [UInt8]?
    public var responseTopic: String?
    /// Seconds left when the broker sent the message on.
    public var messageExpiryInterval: UInt32?
    /// 0: bytes, 1: UTF-8 text.
    public var payloadFormatIndicator: UInt8?
    public var subscriptionIdentifiers: [UInt32]

    public struct UserProperty: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        userProperties: [UserProperty] = [],
        contentType: String? = nil,
        correlationData: [UInt8]? = nil,
        responseTopic: String? = nil,
        messageExpiryInterval: UInt32? = nil,
        payloadFormatIndicator: UInt8? = nil,
        subscriptionIdentifiers: [UInt32] = []
    ) {
        self.userProperties = userProperties
        self.contentType = contentType
        self.correlationData = correlationData
        self.responseTopic = responseTopic
        self.messageExpiryInterval = messageExpiryInterval
        self.payloadFormatIndicator = payloadFormatIndicator
        self.subscriptionIdentifiers = subscriptionIdentifiers
    }
}
