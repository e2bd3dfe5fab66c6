import AMQPCodec
import HeaderSerialization
import Notifications
import Testing

@Suite("Every example message of the seeds, in over MQTT and out over each protocol")
struct SeedEventTests {
    private static let now: Int64 = 0

    /// What a subscriber of `type: twin-…` makes of the payload: structured, on MQTT 3.1.1 and 5 alike.
    private func received(_ seed: SeedEvent) throws -> Notification {
        let publish = MQTTPublish(topic: "twins/x/update", payload: Array(seed.json.utf8)[...])
        let notification = try MQTT3Serialization().decode(publish)
        var structured = publish
        structured.contentType = "application/cloudevents+json"
        #expect(try MQTT5Serialization().decode(structured, nowMilliseconds: Self.now) == notification)
        #expect(EventType(name: notification.type) == seed.type)
        try TwinEventRules.check(notification, as: seed.type, in: .preview)
        return notification
    }

    private func sorted(_ pairs: [(name: String, value: String)]) -> [String] {
        pairs.map { "\($0.name)=\($0.value)" }.sorted()
    }

    @Test("AMQP has exactly the documented application properties", arguments: SeedEvent.all)
    func amqp(_ seed: SeedEvent) throws {
        var bytes: [UInt8] = []
        AMQPSerialization().encode(try received(seed), into: &bytes)
        let message = try AMQPMessage(parsing: bytes)
        let properties = message.applicationProperties.entries.map { (name: $0.key.text ?? "", value: $0.value.text ?? "") }
        let expected = [(name: "specversion", value: "1.0")] + seed.attributes
        #expect(sorted(properties) == sorted(expected.map { (name: "cloudEvents:\($0.name)", value: $0.value) }))
        #expect(message.properties.contentType == seed.dataContentType)
        #expect(message.body == .data([Array(seed.data.utf8)[...]]))
        #expect(message.messageAnnotations.isEmpty)
    }

    @Test("HTTP has exactly the documented header fields", arguments: SeedEvent.all)
    func http(_ seed: SeedEvent) throws {
        let content = HTTPSerialization().encodeBinary(try received(seed))
        var expected = ([(name: "specversion", value: "1.0")] + seed.attributes).map { (name: "ce-\($0.name)", value: $0.value) }
        if let type = seed.dataContentType { expected.append((name: "content-type", value: type)) }
        #expect(sorted(content.fields.map { (name: $0.name, value: $0.value) }) == sorted(expected))
        #expect(Array(content.body) == Array(seed.data.utf8))
    }

    @Test("Event Grid has exactly the documented fields", arguments: SeedEvent.all)
    func eventGrid(_ seed: SeedEvent) throws {
        var output: [UInt8] = []
        try EventGridSerialization().encode(try received(seed), into: &output)
        let value = Dictionary(uniqueKeysWithValues: seed.attributes)
        func member(_ name: String) -> String? { value[name].map { #""\#(name)":"\#($0)""# } }
        var data = seed.dataContentType.map { [#""contenttype":"\#($0)""#] } ?? []
        data += ["dataschema", "sequence", "sequencetype", "modelstatus", "updatereason"].compactMap(member)
        if !seed.data.isEmpty { data.append(#""data":\#(seed.data)"#) }
        let expected = """
            {"id":"\(value["id"] ?? "")","subject":"\(value["subject"] ?? "")","eventType":"\(value["type"] ?? "")",\
            "eventTime":"\(value["time"] ?? "")","dataVersion":"1.0","data":{\(data.joined(separator: ","))}}
            """
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test("MQTT 5 has exactly the documented user properties", arguments: SeedEvent.all)
    func mqtt(_ seed: SeedEvent) throws {
        let publish = try MQTT5Serialization().encode(try received(seed), topic: "t", nowMilliseconds: Self.now)
        #expect(sorted(publish.userProperties.map { (name: $0.name, value: $0.value ?? "") })
            == sorted([(name: "specversion", value: "1.0")] + seed.attributes))
        #expect(publish.contentType == seed.dataContentType)
        #expect(Array(publish.payload) == Array(seed.data.utf8))
    }

    @Test("Every kind of notification is among the examples")
    func coverage() {
        let shown = Set(SeedEvent.all.map(\.type))
        #expect(shown.isSuperset(of: [.telemetry, .twinCreate, .twinDelete, .twinUpdate, .twinProxyAttach]))
        #expect(shown.isSuperset(of: [.edgeCreate, .edgeUpdate, .modelUpload, .modelDecom]))
    }
}
