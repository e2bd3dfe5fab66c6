import Notifications

/// What the mapping of messages to notifications depends on, apart from the message.
public struct IngestSettings: Sendable, Hashable {
    /// The CloudEvents source of events that name none themselves.
    public var source: String
    /// Stands for `<Service RP>` in the types that the bridge writes.
    public var serviceName: String
    public var dialect: Dialect
    /// Bytes; a larger payload is refused. Event Hubs takes 1 MiB (reference 4.9).
    public var maximumPayloadBytes: Int
    /// Whether what a broker sends again is known again; see ``RedeliveryFilter``.
    public var recognisesRedelivery: Bool

    public init(
        source: String,
        serviceName: String = EventType.defaultServiceName,
        dialect: Dialect = .preview,
        maximumPayloadBytes: Int = 1 << 20,
        recognisesRedelivery: Bool = true
    ) {
        self.source = source
        self.serviceName = serviceName
        self.dialect = dialect
        self.maximumPayloadBytes = maximumPayloadBytes
        self.recognisesRedelivery = recognisesRedelivery
    }
}
