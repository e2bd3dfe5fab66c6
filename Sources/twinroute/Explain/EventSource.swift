import Foundation
import HeaderSerialization
import Ingest
import Notifications
import Routing
import Settings

/// Makes an event of a message or of a file as the bridge would, for commands that show it.
struct EventSource {
    struct Refused: ExpectedError {
        let description: String
    }

    let configuration: BridgeConfiguration
    /// RFC 3339; `nil` is now.
    let time: String?

    /// A message on a topic: the first broker that reads it makes the event.
    func event(from publish: MQTTPublish) throws -> (origin: String, notification: Notifications.Notification) {
        for broker in configuration.brokers {
            guard let subscription = broker.subscriptions.first(where: { $0.topic.captures(of: publish.topic) != nil }) else {
                continue
            }
            var preview = EventPreview(
                subscriptions: BrokerConnections.subscriptions(of: broker), settings: configuration.ingestSettings(of: broker))
            do throws(RefusalReason) {
                let event = try preview.event(from: publish, at: time)
                return ("from broker \(broker.name), subscription \(subscription.topic)", event)
            } catch {
                throw Refused(description: "the bridge refuses this message (\(error.label)): \(error)")
            }
        }
        let known = configuration.brokers.flatMap(\.subscriptions).map { "'\($0.topic)'" }
        throw Refused(
            description: "no subscription takes the topic '\(publish.topic)'; "
                + (known.isEmpty ? "the configuration has none" : "there are: \(known.joined(separator: ", "))"))
    }

    /// A CloudEvent in JSON.
    func event(fromJSON text: [UInt8]) throws -> Notifications.Notification {
        do throws(RefusalReason) {
            return try EventPreview(subscriptions: [], settings: configuration.ingestSettings()).event(fromJSON: text, at: time)
        } catch {
            throw Refused(description: "the bridge refuses this event (\(error.label)): \(error)")
        }
    }

    /// The bytes of `-` (standard input) or of a file.
    static func read(_ name: String) throws -> [UInt8] {
        do {
            if name == "-" { return try Array(FileHandle.standardInput.readToEnd() ?? Data()) }
            return try Array(Data(contentsOf: URL(fileURLWithPath: name)))
        } catch {
            throw Refused(description: "cannot read '\(name)': \(error.localizedDescription)")
        }
    }
}
