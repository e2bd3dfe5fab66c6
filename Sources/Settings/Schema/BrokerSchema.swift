import Notifications
import Routing
import Yams

enum BrokerSchema {
    static let section = Section(
        "mqtt", "A list of brokers.",
        initial: BrokerConfiguration(name: "", url: BrokerURL(host: ""), clientID: "", subscriptions: []),
        fields: [
            .required("name", \.name, .uniqueIdentifier("broker"), "Unique; names the broker in logs and metrics."),
            .required("url", \.url, .brokerURL, "Where it is. The port is 1883, or 8883 with `mqtts`, unless it is written."),
            Field(
                name: "clientID", isRequired: false, kindName: clientID.name,
                summary: "Names the session at the broker: keep it the same from start to start.",
                showDefault: { _ in "`twinroute-` and the name" }, nested: nil
            ) { node, broker, reading in
                if let id = clientID.read(node, &reading) { broker.clientID = id }
            },
            .optional("username", \.username, .text(), otherwise: "none", "User name."),
            .optional("password", \.password, .secret("a password"), otherwise: "none", "Password."),
            .defaulted("tls", \.tls, tls.kind, "How an `mqtts` broker is checked, and how it checks us."),
            .defaulted("protocolVersion", \.protocolVersion, .choice, "MQTT version."),
            .defaulted(
                "sessionExpiry", \.sessionExpiry, .duration(.seconds(1)...(.seconds(4_294_967_294)), wholeSeconds: true),
                "How long the broker keeps messages for us while we are away. MQTT 3.1.1 leaves it to the broker."),
            .defaulted(
                "receiveMaximum", \.receiveMaximum, .integer(1...65_535),
                "Messages that may be under way unacknowledged: the size of a batch. A small one is slow."),
            .defaulted(
                "keepAlive", \.keepAlive, .duration(.seconds(5)...(.seconds(65_535)), wholeSeconds: true),
                "Longest silence on the connection."),
            .defaulted(
                "connections", \.connections, .integer(1...64),
                "Connections that share the subscriptions; with more than one, each topic begins with `$share/<group>/`."),
            .defaulted(
                "maximumPayload", \.maximumPayload, .byteSize(1...268_435_455),
                "A message with a larger payload is refused. Event Hubs and Service Bus take 1 MiB at most, and less with some plans."),
            .required(
                "subscriptions", \.subscriptions, .nonEmptyList(of: subscription.kind), "What is read."),
        ],
        check: check)

    private static let clientID = Kind<String>.text("a text").checked { id, node, reading in
        reading.claim(id, as: "client ID", at: node)
    }

    private static let tls = Section(
        "mqtt.tls", "PEM files. Relative names start in the configuration's folder.",
        initial: BrokerTLS(),
        fields: [
            .optional("ca", \.ca, .pemFile(.certificate), otherwise: "the system's", "Authorities that are trusted."),
            .optional("certificate", \.certificate, .pemFile(.certificate), otherwise: "none", "Our certificate."),
            .optional("key", \.key, .pemFile(.key), otherwise: "none", "The key of our certificate."),
            .defaulted("verify", \.verify, .boolean, "Whether the broker's certificate and its name are checked."),
        ]
    ) { tls, places, reading in
        if (tls.certificate == nil) != (tls.key == nil) {
            let (present, missing) = tls.key == nil ? ("certificate", "key") : ("key", "certificate")
            reading.fault(
                at: places.node(present), "\(reading.path).\(present) stands without \(missing)", remedy: "add \(missing)")
        }
    }

    private static let subscription = Section(
        "mqtt.subscriptions", "A list of topics and what their messages are.",
        initial: SubscriptionConfiguration(topic: placeholderTopic),
        fields: [
            .required(
                "topic", \.topic, .topicTemplate,
                "`{subject}` and other `{name}`s stand for one level, `{properties...}` for a property bag of any length at the end; `+`, `#` and `$share/<group>/` as in MQTT."),
            .defaulted("type", \.type, .choice(SubscriptionType.all, name: \.name), "What a message is."),
            .defaulted("qos", \.qos, .qos, "1 acknowledges a message once it is on disk. There is no 2."),
            .defaulted(
                "annotations", \.annotations, .boolean,
                "Whether telemetry on `devices/{subject}/messages/events/{properties...}` gets the message annotations that IoT Hub adds, such as `iothub-connection-device-id`."),
        ])

    /// A level that matches everything; never gets out, see ``Section/initial``.
    private static var placeholderTopic: TopicTemplate { TopicTemplate(levels: [.anyRest]) }

    private static let check: @Sendable (inout BrokerConfiguration, Section<BrokerConfiguration>.Places, inout Reading) -> Void = {
        broker, places, reading in
        if broker.clientID.isEmpty {
            broker.clientID = BrokerConfiguration.defaultClientID(name: broker.name)
            reading.claim(broker.clientID, as: "client ID", at: places.section)
        }
        if broker.password != nil, broker.username == nil {
            reading.fault(
                at: places.node("password"), "\(reading.path).password stands without username", remedy: "add username")
        }
        if !broker.url.usesTLS, broker.tls != BrokerTLS() {
            reading.fault(
                at: places.node("tls"), "\(reading.path).tls stands beside a URL without TLS",
                remedy: "write mqtts:// in url, or remove tls")
        }
        checkTopics(broker, in: places.node("subscriptions"), &reading)
    }

    private static func checkTopics(_ broker: BrokerConfiguration, in list: Node, _ reading: inout Reading) {
        let topics = broker.subscriptions.map(\.topic)
        for (index, topic) in topics.enumerated() {
            let node = list[index]?["topic"] ?? list
            if broker.connections > 1, topic.shareGroup == nil {
                reading.fault(
                    at: node, "with \(broker.connections) connections each would get every message of '\(topic)'",
                    remedy: "write $share/<group>/\(topic), or connections: 1")
            }
            if let other = topics[..<index].first(where: topic.overlaps) {
                reading.fault(
                    at: node, "'\(topic)' and '\(other)' overlap: the broker sends a message that both match twice",
                    remedy: "narrow or remove one; {properties...} and # match the level before them too")
            }
        }
    }
}
