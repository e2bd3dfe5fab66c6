import Notifications

/// What a PUBLISH packet carries, apart from any MQTT library: in from the broker, or out to one.
public struct MQTTPublish: Sendable, Hashable {
    public var topic: String
    public var payload: ArraySlice<UInt8>
    /// MQTT 5 only, like all that follows.
    public var contentType: String?
    /// In the order of the packet; a name may come more than once.
    public var userProperties: [Property]
    public var correlationData: [UInt8]?
    public var responseTopic: String?
    /// Seconds that the message still lives.
    public var expirySeconds: UInt32?

    public init(
        topic: String,
        payload: ArraySlice<UInt8> = [],
        contentType: String? = nil,
        userProperties: [Property] = [],
        correlationData: [UInt8]? = nil,
        responseTopic: String? = nil,
        expirySeconds: UInt32? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.contentType = contentType
        self.userProperties = userProperties
        self.correlationData = correlationData
        self.responseTopic = responseTopic
        self.expirySeconds = expirySeconds
    }
}
