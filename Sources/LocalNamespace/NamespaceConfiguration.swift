public import Signing

/// How a ``LocalNamespace`` listens, what it holds, and whom it lets in.
public struct NamespaceConfiguration: Sendable {
    public var host: String
    /// 0 takes a free one.
    public var port: Int
    /// Of AMQP over WebSocket; 0 takes a free one, nil: none.
    public var webSocketPort: Int?
    /// Of the HTTP server for faults and Event Grid; 0 takes a free one, nil: none.
    public var httpPort: Int?
    /// The same over TLS, with the certificate of `tls`; 0 takes a free one, nil: none.
    public var httpsPort: Int?
    /// What each entity holds at most, in bytes.
    public var entityBytes: Int
    /// What all entities hold together at most, in bytes; those that hold most let their oldest go.
    /// Declared queues keep theirs.
    public var totalBytes = 1 << 30
    /// Where contents are kept on disk; nil: in memory only.
    public var dataFolder: String?
    /// Certificate and key, PEM files; nil: plain TCP.
    public var tls: (certificate: String, key: String)?
    /// Declared entities.
    public var entities: [EntityDefinition]
    /// Whether a name that is not declared is an entity all the same.
    public var makesEntities: Bool
    /// Of an event hub made on the fly.
    public var partitions: Int
    /// Empty: any key and any token is right.
    public var rules: [AccessRule]
    /// Whose access tokens are taken; with it no other token is right, but those of `rules`. Nil: any
    /// is right where there are no rules, and none where there are.
    public var tokenIssuer: VerificationKey?
    /// How long a connection may be without a token, where there are rules (reference 4.1), in
    /// milliseconds.
    public var tokenLimit: Int64 = 20_000
    /// Declared Event Grid topics.
    public var topics: [EventGridTopic]
    /// That are on from the start.
    var faults: [Fault] = []

    public static let defaultEntityBytes = 64 << 20

    public init(
        host: String = "127.0.0.1", port: Int = 0, httpPort: Int? = nil, entityBytes: Int = defaultEntityBytes,
        entities: [EntityDefinition] = [], makesEntities: Bool = true, partitions: Int = 4, rules: [AccessRule] = [],
        topics: [EventGridTopic] = []
    ) {
        self.host = host
        self.port = port
        self.entityBytes = entityBytes
        self.entities = entities
        self.makesEntities = makesEntities
        self.partitions = partitions
        self.rules = rules
        self.topics = topics
        self.httpPort = httpPort
    }
}
