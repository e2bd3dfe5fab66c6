import Notifications
import Routing

/// All that an operator decides (design.md 5.2). Paths are absolute, variables are expanded, and
/// every check that needs no network has passed.
public struct BridgeConfiguration: Sendable, Hashable {
    /// The CloudEvents source of what the bridge emits: a URI reference.
    public var source: String
    /// Folder of the journal.
    public var data: String
    public var durability: Durability
    /// Bytes that the data folder's file system keeps free: below that nothing more is read.
    public var minimumFree: Int
    public var deadLetters: DeadLetterConfiguration
    /// The service name in notification types, `Microsoft.<name>.…`.
    public var serviceName: String
    public var dialect: Dialect
    public var brokers: [BrokerConfiguration]
    /// In the order of the file.
    public var endpoints: [EndpointDefinition]
    public var routes: [RouteDefinition]
    /// `nil`: no HTTP server.
    public var http: HTTPConfiguration?

    public init(
        source: String,
        data: String = "twinroute-data",
        durability: Durability = .powerLoss,
        minimumFree: Int = 64 << 20,
        deadLetters: DeadLetterConfiguration = DeadLetterConfiguration(),
        serviceName: String = "DigitalTwins",
        dialect: Dialect = .preview,
        brokers: [BrokerConfiguration] = [],
        endpoints: [EndpointDefinition] = [],
        routes: [RouteDefinition] = [],
        http: HTTPConfiguration? = nil
    ) {
        self.source = source
        self.data = data
        self.durability = durability
        self.minimumFree = minimumFree
        self.deadLetters = deadLetters
        self.serviceName = serviceName
        self.dialect = dialect
        self.brokers = brokers
        self.endpoints = endpoints
        self.routes = routes
        self.http = http
    }
}

/// What an acknowledged event survives (design.md, promise 1).
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// Loss of power: every commit is synced to the disk.
    case powerLoss = "power-loss"
    /// The end of the process, however it ends; not the end of the machine.
    case processCrash = "process-crash"
}
