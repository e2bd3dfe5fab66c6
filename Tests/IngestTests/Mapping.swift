import HeaderSerialization
import MQTT
import Notifications
import Routing

@testable import Ingest

/// Puts one message through a mapper, as the connection's thread would.
struct Mapping {
    var subscriptions: [IngestSubscription]
    var settings: IngestSettings
    static let now = WallTime(ticks: 19_360_768_891_234_567)
    static let time = "2031-05-09T07:08:09.1234567Z"

    init(
        _ topic: String, _ kind: IngestSubscription.Kind, dialect: Dialect = .preview, serviceName: String = "DigitalTwins",
        maximumPayloadBytes: Int = 1 << 20, annotations: Bool = true
    ) throws {
        subscriptions = [
            IngestSubscription(topic: try TopicTemplate(parsing: topic), kind: kind, annotatesTelemetry: annotations)
        ]
        settings = IngestSettings(
            source: "mill-3.example.org", serviceName: serviceName, dialect: dialect,
            maximumPayloadBytes: maximumPayloadBytes)
    }

    func callAsFunction(
        _ topic: String, _ payload: String, properties: MessageProperties? = nil
    ) throws(RefusalReason) -> MappedEvent {
        try self(topic, Array(payload.utf8), properties: properties)
    }

    func callAsFunction(
        _ topic: String, _ payload: [UInt8], properties: MessageProperties? = nil
    ) throws(RefusalReason) -> MappedEvent {
        let arena = Array("before".utf8) + payload + Array("after".utf8)
        let message = Message(
            topic: topic, payload: 6..<6 + payload.count, qos: 1, retained: false, packetID: 1, properties: properties)
        var mapper = EventMapper(subscriptions: subscriptions, settings: settings)
        return try mapper.event(
            from: message, in: MessageBatch(messages: [message], arena: arena), at: Self.now, time: Self.time)
    }
}

extension MessageProperties {
    /// User properties in the order given.
    init(_ pairs: KeyValuePairs<String, String>, contentType: String? = nil) {
        self.init(userProperties: pairs.map { UserProperty(name: $0.key, value: $0.value) }, contentType: contentType)
    }
}

extension Notification {
    var text: String { String(decoding: body, as: UTF8.self) }

    func property(_ name: String) -> String? { properties.first { $0.name == name }?.value }

    /// Extension attributes as text.
    var extensionTexts: [String: String] {
        Dictionary(uniqueKeysWithValues: extensions.map { ($0.name, $0.value.text) })
    }
}

/// The label of the refusal that the closure ends with; nil where it ends well.
func refusal(_ work: () throws(RefusalReason) -> MappedEvent) -> RefusalReason? {
    do throws(RefusalReason) {
        _ = try work()
        return nil
    } catch {
        return error
    }
}
