/// Everything that one MQTT connection needs to know.
public struct ConnectionConfiguration: Sendable {
    /// The configuration's name of this connection; appears in logs and metrics only.
    public var name: String
    public var host: String
    public var port: Int
    public var protocolVersion: ProtocolVersion
    /// The broker keeps a session by this name; two connections with the same one evict each other.
    public var clientID: String
    public var username: String?
    public var password: String?
    /// `nil`: plain TCP.
    public var tls: TLSSettings?
    /// 5…65535 (a limit of the library), or 0 to never ping.
    public var keepAliveSeconds: Int
    /// Whether the broker forgets the session at connect; a bridge that must lose nothing says no.
    public var cleanStart: Bool
    /// How long the broker keeps the session after a disconnect (MQTT 5 only).
    public var sessionExpirySeconds: UInt32
    /// Unacknowledged messages the broker may have under way (MQTT 5 only), 1…65535.
    public var receiveMaximum: Int
    public var subscriptions: [Subscription]
    public var batch: BatchLimits
    /// How long a batch may stay undecided; see ``acknowledgementHoldLimit(keepAliveSeconds:)``.
    public var acknowledgementHoldLimit: Duration
    public var backOff: BackOff
    /// From the first packet of the TCP handshake to CONNACK. Name resolution comes before and is
    /// bounded by the system's resolver.
    public var connectTimeout: Duration
    /// How long ending in good order may take: an outstanding batch's decision, and then the
    /// round trip before DISCONNECT, each.
    public var stopTimeout: Duration

    public enum ProtocolVersion: Sendable, Hashable {
        case v311
        case v5
    }

    public init(
        name: String,
        host: String,
        port: Int = 1883,
        protocolVersion: ProtocolVersion = .v5,
        clientID: String,
        username: String? = nil,
        password: String? = nil,
        tls: TLSSettings? = nil,
        keepAliveSeconds: Int = 30,
        cleanStart: Bool = false,
        sessionExpirySeconds: UInt32 = 7 * 24 * 3600,
        receiveMaximum: Int = 1000,
        subscriptions: [Subscription] = [],
        batch: BatchLimits = BatchLimits(),
        acknowledgementHoldLimit: Duration = .seconds(10),
        backOff: BackOff = BackOff(),
        connectTimeout: Duration = .seconds(10),
        stopTimeout: Duration = .seconds(5)
    ) {
        self.name = name
        self.host = host
        self.port = port
        self.protocolVersion = protocolVersion
        self.clientID = clientID
        self.username = username
        self.password = password
        self.tls = tls
        self.keepAliveSeconds = keepAliveSeconds
        self.cleanStart = cleanStart
        self.sessionExpirySeconds = sessionExpirySeconds
        self.receiveMaximum = receiveMaximum
        self.subscriptions = subscriptions
        self.batch = batch
        self.acknowledgementHoldLimit = acknowledgementHoldLimit
        self.backOff = backOff
        self.connectTimeout = connectTimeout
        self.stopTimeout = stopTimeout
    }
}

extension ConnectionConfiguration {
    /// The hold limit in force. Pings wait in the queue behind a held batch's PUBACKs, and the
    /// broker gives up after one and a half keep-alives (MQTT 5, 3.1.2.10): half of one is what
    /// may pass on top of the one that a ping may already have waited.
    public func acknowledgementHoldLimit(keepAliveSeconds: Int) -> Duration {
        guard keepAliveSeconds > 0 else { return acknowledgementHoldLimit }
        return min(acknowledgementHoldLimit, .milliseconds(500 * keepAliveSeconds))
    }

    /// What is wrong with the values themselves, all at once; empty: nothing. Files are looked at
    /// when a connection is made.
    public func faults() -> [ConnectionFailure] {
        var faults: [ConnectionFailure] = []
        func expect(_ holds: Bool, _ field: String, _ value: String, _ remedy: String) {
            if !holds {
                faults.append(.invalidConfiguration(field: field, value: value, remedy: remedy))
            }
        }
        func expectText(_ text: String?, _ field: String, secret: Bool = false) {
            guard let text else { return }
            let shown = secret ? "***" : text
            expect(!text.utf8.contains(0), field, shown, "take out the character U+0000")
            expect(text.utf8.count <= 65535, field, secret ? "***" : "\(text.prefix(40))…", "use at most 65535 bytes")
        }
        expect(!host.isEmpty, "host", host, "name the broker's host or address")
        expect((1...65535).contains(port), "port", "\(port)", "use 1…65535; MQTT is 1883, with TLS 8883")
        expect(
            keepAliveSeconds == 0 || (5...65535).contains(keepAliveSeconds), "keepAliveSeconds",
            "\(keepAliveSeconds)", "use 5…65535, or 0 for none")
        expect(!clientID.isEmpty, "clientID", clientID, "give the connection a client id of its own: the broker keeps its session by that name")
        expect((1...65535).contains(receiveMaximum), "receiveMaximum", "\(receiveMaximum)", "use 1…65535")
        expect(batch.messages > 0, "batch.messages", "\(batch.messages)", "use 1 or more")
        expect(batch.bytes > 0, "batch.bytes", "\(batch.bytes)", "use 1 or more")
        expect(
            password == nil || username != nil || protocolVersion == .v5, "password", "***",
            "MQTT 3.1.1 allows a password only with a username")
        expectText(host, "host")
        expectText(clientID, "clientID")
        expectText(username, "username")
        expectText(password, "password", secret: true)
        for subscription in subscriptions {
            expectText(subscription.filter, "subscriptions.filter")
            expect(
                TopicFilter.isValid(subscription.filter), "subscriptions.filter", subscription.filter,
                "`#` must be the last level, `+` and `#` fill a level alone, a shared one reads $share/<group>/<filter>")
        }
        if let tls {
            expect(
                (tls.certificate == nil) == (tls.key == nil), "tls.certificate",
                tls.certificate ?? tls.key ?? "", "a client certificate and its key come together")
        }
        return faults
    }
}
