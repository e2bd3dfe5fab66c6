/// One event on its way through the bridge: header attributes and a body.
///
/// The header is that of CloudEvents 1.0 with the attributes that the seeds add (`sequence`,
/// `sequencetype`, `modelstatus`, `updatereason`); the body is bytes that nobody looks into unless
/// a filter or a body format asks for it.
public struct Notification: Sendable, Hashable {
    /// `source` + `id` is unique for each distinct event.
    public var id: String
    /// The instance, hub or device that the event comes from: a URI reference.
    public var source: String
    /// See ``EventType`` for the ones that the bridge itself writes; any other passes through.
    public var type: String
    /// What the event is about, and the unit of order: a device, a twin, an edge or a twin type.
    public var subject: String?
    /// RFC 3339, kept as it was written so that a pass-through event leaves as it came.
    public var time: String?
    /// Media type of ``body``; absent where there is no body.
    public var dataContentType: String?
    public var dataSchema: String?
    /// Position among the events of ``subject``; assigned by the journal, absent before.
    public var sequence: SequenceNumber?
    /// W3C trace context of the event's start.
    public var traceParent: String?
    /// All other context attributes: lower-case names, in the order they came.
    public var extensions: [ExtensionAttribute]
    /// What the publisher sent beside the event: MQTT 5 user properties that are no context
    /// attributes, or application properties of a device topic. Names are free.
    public var properties: [Property]
    /// Per-message fields that a protocol carried and another can carry on; rarely present.
    public var messageFields: MessageFields?
    public var body: ArraySlice<UInt8>

    @inlinable
    public init(
        id: String,
        source: String,
        type: String,
        subject: String? = nil,
        time: String? = nil,
        dataContentType: String? = nil,
        dataSchema: String? = nil,
        sequence: SequenceNumber? = nil,
        traceParent: String? = nil,
        extensions: [ExtensionAttribute] = [],
        properties: [Property] = [],
        messageFields: MessageFields? = nil,
        body: ArraySlice<UInt8> = []
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.dataContentType = dataContentType
        self.dataSchema = dataSchema
        self.sequence = sequence
        self.traceParent = traceParent
        self.extensions = extensions
        self.properties = properties
        self.messageFields = messageFields
        self.body = body
    }
}
