import HeaderSerialization
import Notifications
import Testing

@Suite("Notifications over MQTT")
struct MQTTSerializationTests {
    private let mqtt = MQTT5Serialization()
    private static let now: Int64 = 1_899_999_990_500

    private func decode(_ publish: MQTTPublish) throws -> Notification {
        try mqtt.decode(publish, nowMilliseconds: Self.now)
    }

    private func publish(_ properties: [(String, String)], contentType: String? = nil) -> MQTTPublish {
        MQTTPublish(
            topic: "t", contentType: contentType, userProperties: properties.map { Property(name: $0.0, value: $0.1) })
    }

    private static let required = [("specversion", "1.0"), ("id", "i"), ("source", "s"), ("type", "t")]

    @Test("Each attribute is the user property that the table says")
    func table() throws {
        let publish = try mqtt.encode(.telemetry, topic: "out", nowMilliseconds: Self.now)
        #expect(publish.topic == "out")
        #expect(publish.userProperties.map { "\($0.name)=\($0.value ?? "")" } == [
            "specversion=1.0", "id=5d1f7a52-1", "source=factory-7.example.net", "type=microsoft.iot.telemetry",
            "subject=pump-17", "dataschema=dtmi:example:Pump;1",
            "traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "time=2030-01-31T12:00:00.1234567Z", "sequence=7", "sequencetype=Integer",
        ])
        #expect(publish.contentType == "application/json")
        #expect(publish.payload == Notification.telemetry.body)
        #expect(mqtt.mode(of: publish) == .binary)
        #expect(try decode(publish) == .telemetry)
    }

    @Test("Message fields have their own places")
    func fields() throws {
        let publish = try mqtt.encode(.everything, topic: "t", nowMilliseconds: Self.now)
        #expect(publish.correlationData == [0, 0xFF, 1])
        #expect(publish.responseTopic == "answers/pump-17")
        // 9.5 seconds are left: rounded up, so that nothing expires early.
        #expect(publish.expirySeconds == 10)
        #expect(publish.userProperties.contains(Property(name: "message-id", value: "device-4711")))
        var expected = Notification.everything
        expected.messageFields?.expiresAtMilliseconds = Self.now + 10_000
        #expect(try decode(publish) == expected)
    }

    @Test("An expired message has no time left, one that hardly ever expires the most there is", arguments: [
        (0, 0), (now, 0), (now + 1, 1), (now + 1_000, 1), (Int64.max, .max),
    ] as [(Int64, UInt32)])
    func expiry(_ expiry: Int64, _ seconds: UInt32) throws {
        var notification = Notification.telemetry
        notification.messageFields = MessageFields(expiresAtMilliseconds: expiry)
        let publish = try mqtt.encode(notification, topic: "t", nowMilliseconds: Self.now)
        #expect(publish.expirySeconds == seconds)
    }

    @Test("A property that an attribute could be called is marked, and unmarked again", arguments: [
        ("id", "@id"), ("color", "@color"), ("7", "@7"), ("", "@"), ("@id", "@@id"), ("Color", "Color"), ("Time", "@Time"),
        ("message-id", "@message-id"), ("a b", "a b"), ("@Color", "@Color"),
    ])
    func reservedNames(_ name: String, _ written: String) throws {
        var notification = Notification.telemetry
        notification.properties = [Property(name: name, value: "mine")]
        let publish = try mqtt.encode(notification, topic: "t", nowMilliseconds: Self.now)
        #expect(publish.userProperties.last == Property(name: written, value: "mine"))
        #expect(try decode(publish) == notification)
    }

    @Test("datacontenttype is read as a user property too; the Content Type goes before it")
    func contentType() throws {
        let properties = Self.required + [("datacontenttype", "text/plain")]
        #expect(try decode(publish(properties)).dataContentType == "text/plain")
        #expect(try decode(publish(properties, contentType: "text/html")).dataContentType == "text/html")
    }

    @Test("Structured, binary and raw are told apart")
    func modes() throws {
        #expect(mqtt.mode(of: publish([("id", "1")])) == .raw)
        var structured = try MQTT3Serialization().encode(.everything, topic: "t")
        #expect(structured.contentType == nil && structured.userProperties.isEmpty)
        #expect(try MQTT3Serialization().decode(structured) == .everything)
        structured.contentType = "Application/CloudEvents+JSON; charset=utf-8"
        #expect(mqtt.mode(of: structured) == .structured)
        #expect(try decode(structured) == .everything)
        structured.contentType = "application/cloudevents+protobuf"
        structured.payload = try BodyFormat.protobuf.apply(to: .telemetry).body
        #expect(try decode(structured).id == "5d1f7a52-1")
        structured.contentType = "application/cloudevents-batch+json"
        #expect(throws: SerializationError.self) { try decode(structured) }
    }

    @Test("A device's own user properties keep their names, but for the hub's")
    func rawProperties() throws {
        let publish = publish([("id", "1"), ("Source", "x"), ("dt-subject", "y"), ("content-encoding", "gzip")])
        let (properties, fields) = try mqtt.properties(of: publish, nowMilliseconds: 0)
        #expect(properties == [
            Property(name: "id", value: "1"), Property(name: "Source", value: "x"), Property(name: "@dt-subject", value: "y"),
        ])
        #expect(fields == MessageFields(contentEncoding: "gzip"))
        let twice = self.publish([("a", "1"), ("a", "2")])
        #expect(throws: SerializationError("user property 'a'", .givenTwice)) {
            try mqtt.properties(of: twice, nowMilliseconds: 0)
        }
    }

    static let faults: [([(String, String)], SerializationError)] = [
        ([("specversion", "1.0")], SerializationError("id", .missing)),
        (required + [("id", "2")], SerializationError("id", .givenTwice)),
        (required + [("a b", "1"), ("a b", "1")], SerializationError("user property 'a b'", .givenTwice)),
        (required + [("user-id", "%")], SerializationError("user-id", .brokenPercentEncoding, value: "%")),
        (required + [("message-id", "1"), ("message-id", "1")], SerializationError("message-id", .givenTwice)),
        (required + [("Subject", "x")], SerializationError("attribute 'Subject'", .invalidName)),
        (required + [("time", "noon")], SerializationError("time", .notRFC3339, value: "noon")),
        (required + [("x", String(repeating: "x", count: 65_535))], SerializationError("x", .tooLong(bytes: 65_535, limit: 16_384))),
        (required + [(String(repeating: "x", count: 65), "1")],
         SerializationError("attribute '\(String(repeating: "x", count: 64))'", .invalidName)),
    ]

    @Test("A fault names the attribute and the rule", arguments: faults.indices)
    func fault(_ index: Int) {
        let (properties, error) = Self.faults[index]
        #expect(throws: error) { try decode(publish(properties)) }
    }

    @Test("What MQTT cannot carry is refused")
    func limits() {
        var notification = Notification.telemetry
        notification.properties = [Property(name: "a b", value: "x\0y")]
        #expect(throws: SerializationError("a b", .controlCharacter)) {
            try mqtt.encode(notification, topic: "t", nowMilliseconds: 0)
        }
        notification.properties = [Property(name: "a b", value: String(repeating: "x", count: 65_536))]
        #expect(throws: SerializationError("a b", .tooLong(bytes: 65_536, limit: 65_535))) {
            try mqtt.encode(notification, topic: "t", nowMilliseconds: 0)
        }
        notification.properties = []
        notification.messageFields = MessageFields(replyTo: "a/+")
        #expect(throws: SerializationError("response topic", .notA("a topic without wildcards"), value: "a/+")) {
            try mqtt.encode(notification, topic: "t", nowMilliseconds: 0)
        }
    }
}
