import Configuration
import HeaderSerialization
import Ingest
import Notifications
import Routing

/// Makes an event of a message or of a file as the bridge would.
struct EventSource {
    let configuration: BridgeConfiguration
    /// When the message came, since 1970-01-01T00:00:00Z; now where it is nil.
    let milliseconds: Int64?

    /// The first broker whose subscriptions have a template for the topic decides.
    func notification(of publish: MQTTPublish) throws(RefusalReason) -> Notification {
        for broker in configuration.brokers {
            let preview = MessagePreview(
                subscriptions: BrokerConnections.subscriptions(of: broker), settings: configuration.ingestSettings(of: broker))
            do throws(RefusalReason) {
                return try preview.notification(of: publish, milliseconds: milliseconds)
            } catch {
                guard case .noTemplateMatches = error else { throw error }
            }
        }
        throw .noTemplateMatches
    }

    /// - Parameter event: a CloudEvent in the JSON event format.
    func notification(ofCloudEvent event: [UInt8]) throws(RefusalReason) -> Notification {
        let settings = IngestSettings(
            source: configuration.source, serviceName: configuration.serviceName, dialect: configuration.dialect,
            maximumPayloadBytes: .max)
        let anyTopic = IngestSubscription(topic: TopicTemplate(levels: [.anyRest]), kind: .cloudEvent)
        return try MessagePreview(subscriptions: [anyTopic], settings: settings)
            .notification(of: MQTTPublish(topic: "event", payload: event[...]), milliseconds: milliseconds)
    }
}
