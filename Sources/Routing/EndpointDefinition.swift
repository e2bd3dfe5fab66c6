import Notifications

/// An endpoint as the configuration or the HTTP API declares it (design.md 5.2, 5.3).
public struct EndpointDefinition: Sendable, Hashable {
    public var id: EndpointID
    public var type: EndpointType
    /// The event types it takes; `nil` takes all.
    public var eventTypes: [String]?
    /// A connection string; for Event Grid an access key (reference 2: both "connection strings" hold
    /// keys). With an identity there is no key in it, and of Event Grid it is empty.
    public var connectionString: Secret
    /// `nil` where a key signs in.
    public var identity: EndpointIdentity?
    /// Tried when the first one is unauthorized.
    public var secondaryConnectionString: Secret?
    /// Event hub, queue or topic; for Event Grid the topic's host. `nil` where the connection
    /// string has an `EntityPath`.
    public var path: String?
    public var auth: EndpointAuthentication
    public var transport: EndpointTransport
    /// To an entity behind AMQP; of no meaning for Event Grid.
    public var connections: Int
    /// A proxy's URL; `nil`: with WebSockets and HTTPS the environment's, otherwise none.
    public var proxy: Secret?
    public var body: BodyFormat
    /// What becomes partition key, and with Service Bus also the session (design.md 5.4).
    public var partitionBy: PartitionKey
    /// What an Event Grid topic is sent; of no meaning elsewhere.
    public var schema: EventGridSchema
    /// Of meaning with ``EventGridSchema/custom`` alone.
    public var fields: EventGridFieldNames
    /// Of no meaning for Event Grid.
    public var batch: EndpointBatch
    public var limits: EndpointLimits
    public var tls: EndpointTLS

    public init(
        id: EndpointID,
        type: EndpointType,
        eventTypes: [String]? = nil,
        connectionString: Secret,
        identity: EndpointIdentity? = nil,
        secondaryConnectionString: Secret? = nil,
        path: String? = nil,
        auth: EndpointAuthentication = .token,
        transport: EndpointTransport = .amqp,
        connections: Int = 1,
        proxy: Secret? = nil,
        body: BodyFormat = .json,
        partitionBy: PartitionKey = .subject,
        schema: EventGridSchema = .eventGrid,
        fields: EventGridFieldNames = EventGridFieldNames(),
        batch: EndpointBatch = EndpointBatch(),
        limits: EndpointLimits = EndpointLimits(),
        tls: EndpointTLS = EndpointTLS()
    ) {
        self.id = id
        self.type = type
        self.eventTypes = eventTypes
        self.connectionString = connectionString
        self.identity = identity
        self.secondaryConnectionString = secondaryConnectionString
        self.path = path
        self.auth = auth
        self.transport = transport
        self.connections = connections
        self.proxy = proxy
        self.body = body
        self.partitionBy = partitionBy
        self.schema = schema
        self.fields = fields
        self.batch = batch
        self.limits = limits
        self.tls = tls
    }
}

/// The kinds of endpoint, named as the seeds name them.
public enum EndpointType: String, Sendable, Hashable, CaseIterable {
    case eventHub = "EventHub"
    case serviceBus = "ServiceBus"
    case eventGrid = "EventGrid"
}

/// How a shared access key signs in.
public enum EndpointAuthentication: String, Sendable, Hashable, CaseIterable {
    /// A token that is signed with the key goes to `$cbs`, or with each request to an Event Grid topic:
    /// the key itself stays here, and another one can take over on the live connection (reference 4.3, 5.2).
    case token
    /// The key as it stands: SASL PLAIN with the rule's name (reference 4.2), `aeg-sas-key` (5.1).
    case plain
}

/// What carries AMQP to an endpoint.
public enum EndpointTransport: String, Sendable, Hashable, CaseIterable {
    /// Straight over TLS, or TCP.
    case amqp
    /// In WebSocket frames, where only port 443 is open (reference 4.1).
    case websockets
}

/// The schema of the events that an Event Grid topic takes.
public enum EventGridSchema: String, Sendable, Hashable, CaseIterable {
    case eventGrid = "EventGrid"
    case cloudEvents = "CloudEvents"
    /// A custom input schema: ``EndpointDefinition/fields`` are its names.
    case custom = "Custom"
}

/// How an endpoint's TLS peer is checked.
public struct EndpointTLS: Sendable, Hashable {
    /// PEM file of authorities that are trusted beside the system's.
    public var ca: String?
    /// PEM files of our own certificate and its key, for a far side that asks for one.
    public var certificate: String?
    public var key: String?

    public init(ca: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.ca = ca
        self.certificate = certificate
        self.key = key
    }
}
