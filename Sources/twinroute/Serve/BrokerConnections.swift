import Ingest
import MQTT
import Notifications
import Routing
import Settings

/// From what the operator wrote of a broker to what the MQTT room needs.
enum BrokerConnections {
    /// One for each connection; several share the subscriptions, so that each message comes once.
    static func configurations(for broker: BrokerConfiguration) -> [MQTT.ConnectionConfiguration] {
        (1...max(1, broker.connections)).map { number in
            let isOnlyOne = broker.connections <= 1
            return MQTT.ConnectionConfiguration(
                name: isOnlyOne ? broker.name : "\(broker.name)-\(number)",
                host: broker.url.host,
                port: broker.url.port,
                protocolVersion: broker.protocolVersion == .v5 ? .v5 : .v311,
                clientID: isOnlyOne ? broker.clientID : "\(broker.clientID)-\(number)",
                username: broker.username,
                password: broker.password?.revealed,
                tls: broker.url.usesTLS ? TLSSettings(broker.tls) : nil,
                keepAliveSeconds: Int(broker.keepAlive.components.seconds),
                sessionExpirySeconds: UInt32(clamping: broker.sessionExpiry.components.seconds),
                receiveMaximum: broker.receiveMaximum,
                subscriptions: broker.subscriptions.map { subscription in
                    Subscription(
                        filter: isOnlyOne
                            ? subscription.topic.topicFilter
                            : subscription.topic.sharedTopicFilter(group: broker.clientID),
                        maximumQoS: subscription.qos == .atLeastOnce ? .atLeastOnce : .atMostOnce)
                })
        }
    }

    static func subscriptions(of broker: BrokerConfiguration) -> [IngestSubscription] {
        broker.subscriptions.map { subscription in
            let kind: IngestSubscription.Kind =
                switch subscription.type {
                case .event(let type): .event(type)
                case .cloudEvent: .cloudEvent
                }
            return IngestSubscription(topic: subscription.topic, kind: kind, annotatesTelemetry: subscription.annotations)
        }
    }
}

extension TLSSettings {
    init(_ tls: BrokerTLS) {
        self.init(certificateAuthority: tls.ca, certificate: tls.certificate, key: tls.key, verifiesServerName: tls.verify)
    }
}
