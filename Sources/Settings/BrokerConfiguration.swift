import Notifications
import Routing

/// One MQTT broker and what is read from it.
public struct BrokerConfiguration: Sendable, Hashable {
    public var name: String
    public var url: BrokerURL
    /// The session's name at the broker. With several ``connections``, each adds `-1`, `-2`, …
    public var clientID: String
    public var username: String?
    public var password: Secret?
    public var tls: BrokerTLS
    public var protocolVersion: MQTTVersion
    /// How long the broker keeps the session after the connection is gone; whole seconds.
    /// MQTT 3.1.1 knows no expiry: there the broker decides.
    public var sessionExpiry: Duration
    /// Unacknowledged messages that the broker may send: 1...65535.
    public var receiveMaximum: Int
    /// Whole seconds, 5 or more.
    public var keepAlive: Duration
    /// Connections that share the subscriptions: 1...64.
    public var connections: Int
    /// Bytes; a larger payload is refused.
    public var maximumPayload: Int
    public var subscriptions: [SubscriptionConfiguration]

    public init(
        name: String,
        url: BrokerURL,
        clientID: String? = nil,
        username: String? = nil,
        password: Secret? = nil,
        tls: BrokerTLS = BrokerTLS(),
        protocolVersion: MQTTVersion = .v5,
        sessionExpiry: Duration = .seconds(7 * 86_400),
        receiveMaximum: Int = 1000,
        keepAlive: Duration = .seconds(60),
        connections: Int = 1,
        maximumPayload: Int = 1 << 20,
        subscriptions: [SubscriptionConfiguration]
    ) {
        self.name = name
        self.url = url
        self.clientID = clientID ?? Self.defaultClientID(name: name)
        self.username = username
        self.password = password
        self.tls = tls
        self.protocolVersion = protocolVersion
        self.sessionExpiry = sessionExpiry
        self.receiveMaximum = receiveMaximum
        self.keepAlive = keepAlive
        self.connections = connections
        self.maximumPayload = maximumPayload
        self.subscriptions = subscriptions
    }

    /// A session is found again by its client ID: it must not change from start to start.
    static func defaultClientID(name: String) -> String { "twinroute-\(name)" }
}

/// The client's side of TLS; all paths absolute, all files PEM.
public struct BrokerTLS: Sendable, Hashable {
    /// Authorities that are trusted; `nil` trusts the system's.
    public var ca: String?
    public var certificate: String?
    public var key: String?
    /// Whether the broker's certificate and its name are checked.
    public var verify: Bool

    public init(ca: String? = nil, certificate: String? = nil, key: String? = nil, verify: Bool = true) {
        self.ca = ca
        self.certificate = certificate
        self.key = key
        self.verify = verify
    }
}

public enum MQTTVersion: String, Sendable, Hashable, CaseIterable {
    case v5 = "5"
    case v3_1_1 = "3.1.1"
}

/// Topics to read, and what their messages are.
public struct SubscriptionConfiguration: Sendable, Hashable {
    public var topic: TopicTemplate
    public var type: SubscriptionType
    public var qos: SubscriptionQoS
    /// Whether telemetry on IoT Hub's device topics gets the annotations that IoT Hub adds.
    public var annotations: Bool

    public init(
        topic: TopicTemplate, type: SubscriptionType = .event(.telemetry), qos: SubscriptionQoS = .atLeastOnce,
        annotations: Bool = true
    ) {
        self.topic = topic
        self.type = type
        self.qos = qos
        self.annotations = annotations
    }
}

/// The qualities of service that the bridge asks for. There is no exactly once: see design.md 2.
public enum SubscriptionQoS: Int, Sendable, Hashable, CaseIterable {
    case atMostOnce = 0
    case atLeastOnce = 1
}
