import Notifications
import Routing

/// What `twinroute serve` runs without a configuration (design.md 5.1): a local mosquitto, the
/// local namespace, and everything on loopback.
public struct EmbeddedDefaults: Sendable, Hashable {
    /// TCP ports on 127.0.0.1: of mosquitto, of the local namespace, of the HTTP server.
    public var mqttPort: Int
    public var amqpPort: Int
    public var httpPort: Int
    /// Of the local namespace's HTTP side.
    public var namespaceHTTPPort: Int
    public var data: String

    public init(
        mqttPort: Int = 1883, amqpPort: Int = 5672, httpPort: Int = 8080, namespaceHTTPPort: Int = 5300,
        data: String = "twinroute-data"
    ) {
        self.namespaceHTTPPort = namespaceHTTPPort
        self.mqttPort = mqttPort
        self.amqpPort = amqpPort
        self.httpPort = httpPort
        self.data = data
    }

    /// The local namespace asks for no key; its clients must name one all the same.
    public static let localKeyName = "RootManageSharedAccessKey"
    public static let localKey = "local"

    /// The connection string of the local namespace, in the form of the service's emulators (reference 4.17).
    public var localConnectionString: String {
        "Endpoint=sb://127.0.0.1:\(amqpPort);SharedAccessKeyName=\(Self.localKeyName);"
            + "SharedAccessKey=\(Self.localKey);UseDevelopmentEmulator=true"
    }

    public var configuration: BridgeConfiguration {
        let key = Secret(localConnectionString)
        return BridgeConfiguration(
            source: "twinroute",
            data: data,
            brokers: [
                BrokerConfiguration(
                    name: "local", url: BrokerURL(host: "127.0.0.1", port: mqttPort), clientID: "twinroute",
                    subscriptions: [
                        // `{properties...}` may be empty: this is devices/{subject}/messages/events too.
                        SubscriptionConfiguration(
                            topic: TopicTemplate(levels: [
                                .literal("devices"), .named("subject"), .literal("messages"), .literal("events"), .properties,
                            ])),
                        SubscriptionConfiguration(
                            topic: TopicTemplate(levels: [.literal("devices"), .named("subject"), .literal("telemetry")])),
                    ])
            ],
            endpoints: [
                EndpointDefinition(id: "telemetry", type: .eventHub, connectionString: key, path: "telemetry"),
                EndpointDefinition(id: "twin-events", type: .serviceBus, connectionString: key, path: "twin-events"),
                // CloudEvents carry any body.
                EndpointDefinition(
                    id: "grid-events", type: .eventGrid, connectionString: Secret("bG9jYWw="),
                    path: "http://127.0.0.1:\(namespaceHTTPPort)", auth: .plain, schema: .cloudEvents),
            ],
            routes: [
                RouteDefinition(id: "telemetry", endpoint: "telemetry"),
                RouteDefinition(id: "twin-events", endpoint: "twin-events"),
                RouteDefinition(id: "grid-events", endpoint: "grid-events"),
            ],
            http: HTTPConfiguration(listen: HostAndPort(host: "127.0.0.1", port: httpPort)))
    }
}
