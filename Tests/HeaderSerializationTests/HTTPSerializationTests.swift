import HeaderSerialization
import Notifications
import Testing

@Suite("Notifications over HTTP")
struct HTTPSerializationTests {
    private let http = HTTPSerialization()

    private func content(_ fields: [(String, String)], _ body: String = "") -> HTTPContent {
        HTTPContent(
            fields: fields.map { HTTPContent.Field(name: $0.0, value: $0.1) }, body: Array(body.utf8)[...])
    }

    private func single(_ content: HTTPContent) throws -> Notification {
        try #require(try http.decode(content).first).get()
    }

    private static let required = [("ce-specversion", "1.0"), ("ce-id", "i"), ("ce-source", "s"), ("ce-type", "t")]

    @Test("Each attribute is the header field that the table says")
    func table() throws {
        let content = http.encodeBinary(.telemetry)
        #expect(content.fields.map { "\($0.name): \($0.value)" } == [
            "ce-specversion: 1.0", "ce-id: 5d1f7a52-1", "ce-source: factory-7.example.net",
            "ce-type: microsoft.iot.telemetry", "ce-subject: pump-17", "ce-dataschema: dtmi:example:Pump;1",
            "ce-traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ce-time: 2030-01-31T12:00:00.1234567Z", "ce-sequence: 7", "ce-sequencetype: Integer",
            "content-type: application/json",
        ])
        #expect(content.body == Notification.telemetry.body)
        #expect(try single(content) == .telemetry)
    }

    @Test("Properties, message fields and text beyond ASCII")
    func everything() throws {
        let content = http.encodeBinary(.everything)
        #expect(content["ce-nicode"] == "gr%C3%B6%C3%9Fer%20%25%20%22quoted%22")
        #expect(content["iothub-app-%54emperature%20%55nit"] == "%C2%B0C")
        #expect(content["iothub-app-line"] == "7")
        #expect(content["iothub-correlationid"] == "%00%FF%01")
        #expect(content["iothub-expiry"] == "2030-03-17T17:46:40.000Z")
        #expect(try single(content) == .everything)
    }

    /// The binding's rules for values: what stands in the header, and what it means.
    @Test("Values are unquoted first and decoded once", arguments: [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"), ("%e2%82%ac", "€"), ("%61bc", "abc"), ("a%2525", "a%25"),
        ("\"quoted text\"", "quoted text"), ("\"a\\\"b\\\\c%20d\"", "a\"b\\c d"), ("plain", "plain"), ("\"", "\""),
        ("a b", "a b"),
    ])
    func values(_ written: String, _ meant: String) throws {
        #expect(try single(content(Self.required + [("CE-Subject", written)])).subject == meant)
    }

    static let faults: [([(String, String)], SerializationError)] = [
        ([], SerializationError("specversion", .missing)),
        ([("ce-id", "%")], SerializationError("id", .brokenPercentEncoding, value: "%")),
        ([("ce-id", "%G0")], SerializationError("id", .brokenPercentEncoding, value: "%G0")),
        ([("ce-id", "%C3%28")], SerializationError("id", .invalidUTF8, value: "%C3%28")),
        ([("ce-id", "%ED%A0%80")], SerializationError("id", .invalidUTF8, value: "%ED%A0%80")),
        ([("ce-id", "%0A")], SerializationError("id", .controlCharacter)),
        ([("ce-id", "a"), ("Ce-Id", "b")], SerializationError("id", .givenTwice)),
        ([("ce-my_name", "a")], SerializationError("attribute 'my_name'", .invalidName)),
        ([("ce-data", "a")], SerializationError("attribute 'data'", .invalidName)),
        ([("content-type", "a/b"), ("Content-Type", "c/d")], SerializationError("content-type", .givenTwice)),
        ([("content-type", "application/cloudevents+avro")],
         SerializationError("content-type", .unsupportedMode, value: "application/cloudevents+avro")),
        ([("iothub-app-a", "1"), ("iothub-app-%61", "2")], SerializationError("property 'a'", .givenTwice)),
        ([("iothub-app-%", "1")], SerializationError("property name", .brokenPercentEncoding, value: "%")),
        ([("iothub-expiry", "soon")], SerializationError("iothub-expiry", .notRFC3339, value: "soon")),
        ([("ce-x", String(repeating: "x", count: 65_536))], SerializationError("x", .tooLong(bytes: 65_536, limit: 16_384))),
    ]

    @Test("A fault names the attribute and the rule", arguments: faults.indices)
    func fault(_ index: Int) {
        let (fields, error) = Self.faults[index]
        #expect(throws: error) { try http.decode(content(fields)) }
    }

    @Test("A sender cannot speak for the hub")
    func reserved() throws {
        let event = try single(content(Self.required + [("iothub-app-iothub-connection-device-id", "x")]))
        #expect(event.properties == [Property(name: "@iothub-connection-device-id", value: "x")])
    }

    @Test("All three modes are told apart by the content type")
    func modes() throws {
        #expect(try single(http.encodeStructured(.everything)) == .everything)
        #expect(try http.encodeStructured(.everything)["content-type"] == "application/cloudevents+json; charset=utf-8")
        let batch = http.encodeBatch([.telemetry, .everything])
        #expect(batch.content["content-type"] == "application/cloudevents-batch+json; charset=utf-8")
        #expect(try http.decode(batch.content).map { try $0.get() } == [.telemetry, .everything])
        #expect(try http.decode(http.encodeBatch([]).content).isEmpty)
        let protobuf = try BodyFormat.protobuf.apply(to: .telemetry)
        #expect(try single(http.encodeBinary(protobuf)).subject == "pump-17")
    }
}
