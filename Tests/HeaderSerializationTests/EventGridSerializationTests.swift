import HeaderSerialization
import Notifications
import Testing

@Suite("Notifications in the Event Grid schema")
struct EventGridSerializationTests {
    private func encoded(_ notification: Notification, carriesSource: Bool = false) throws -> String {
        var output: [UInt8] = []
        try EventGridSerialization(carriesSource: carriesSource).encode(notification, into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private func decoded(_ text: String, source: String? = nil) throws -> Notification {
        try EventGridSerialization().decode(Array(text.utf8)[...], defaults: AttributeDefaults(source: source))
    }

    @Test("Exactly the fields of the schema, extension attributes inside the payload")
    func table() throws {
        let text = try encoded(.telemetry)
        #expect(text == #"""
            {"id":"5d1f7a52-1","subject":"pump-17","eventType":"microsoft.iot.telemetry",\#
            "eventTime":"2030-01-31T12:00:00.1234567Z","dataVersion":"1.0","data":{"contenttype":"application/json",\#
            "dataschema":"dtmi:example:Pump;1",\#
            "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",\#
            "sequence":"7","sequencetype":"Integer","data":{"temp":21.5}}}
            """#)
        #expect(try decoded(text, source: "factory-7.example.net") == .telemetry)
        #expect(throws: SerializationError("source", .missing)) { try decoded(text) }
        #expect(try decoded(encoded(.telemetry, carriesSource: true)) == .telemetry)
    }

    @Test("A topic with a custom input schema has names of its own for the fields")
    func fieldNames() throws {
        let fields = EventGridFieldNames(
            id: "uid", subject: "device", eventType: "kind", eventTime: "at", dataVersion: "version")
        var output: [UInt8] = []
        try EventGridSerialization(fields: fields).encode(.telemetry, into: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.hasPrefix(#"""
            {"uid":"5d1f7a52-1","device":"pump-17","kind":"microsoft.iot.telemetry",\#
            "at":"2030-01-31T12:00:00.1234567Z","version":"1.0","data":{
            """#))
        #expect(fields.repeated == nil)
        #expect(EventGridFieldNames(id: "subject").repeated == "subject")
        #expect(EventGridFieldNames(eventTime: "data").repeated == "data")
    }

    @Test("Properties and message fields are objects of the payload")
    func properties() throws {
        let text = try encoded(.everything)
        #expect(text.contains(#""properties":{"line":"7","Temperature Unit":"°C","empty":""}"#))
        #expect(text.contains(#"""
            "systemProperties":{"message-id":"device-4711","correlation-id":"%00%FF%01","user-id":"worker",\#
            "iothub-content-encoding":"utf-8","reply-to":"answers/pump-17",\#
            "absolute-expiry-time":"2030-03-17T17:46:40.000Z"}
            """#))
        #expect(try decoded(text, source: "factory-7.example.net") == .everything)
    }

    @Test("What the hub says of a device message is a system property")
    func systemAnnotations() throws {
        var notification = Notification.telemetry
        notification.properties = [Property(name: SystemAnnotation.deviceID, value: "pump-17")]
        #expect(try encoded(notification).contains(#""systemProperties":{"iothub-connection-device-id":"pump-17"}"#))
    }

    @Test("An extension that has a name of the payload's own is marked", arguments: ["contenttype", "properties"])
    func reservedNames(_ name: String) throws {
        var notification = Notification.telemetry
        notification.extensions = [ExtensionAttribute(name: name, value: .string("x"))]
        let text = try encoded(notification)
        #expect(text.contains(#""@\#(name)":"x""#))
        #expect(try decoded(text, source: notification.source) == notification)
    }

    @Test("Without a subject stands the source, without a time the first of all days")
    func requiredFields() throws {
        let text = try encoded(Notification(id: "i", source: "s", type: "t"))
        #expect(text == #"{"id":"i","subject":"s","eventType":"t","eventTime":"0001-01-01T00:00:00Z","dataVersion":"1.0","data":{}}"#)
        #expect(try decoded(text, source: "s").time == nil)
    }

    @Test("Bodies that are no JSON", arguments: [
        ("text/plain", "hello", #""data":"hello"}"#), ("application/octet-stream", "abcd", #""data_base64":"YWJjZA=="}"#),
    ])
    func bodies(_ type: String, _ body: String, _ member: String) throws {
        let notification = Notification(
            id: "i", source: "s", type: "t", subject: "s", dataContentType: type, body: Array(body.utf8)[...])
        #expect(try encoded(notification).contains(member))
        #expect(try decoded(encoded(notification), source: "s") == notification)
    }

    @Test("Events of the service are read: topic, metadataVersion and all")
    func foreign() throws {
        let text = #"""
            [{"id":"1","topic":"/subscriptions/x/topics/t","subject":"twin-1","data":{"data":{"modelId":"dtmi:x;1"},\#
            "contenttype":"application/json"},"eventType":"Microsoft.DigitalTwins.Twin.Update",\#
            "eventTime":"2030-01-31T12:00:00Z","metadataVersion":"1","dataVersion":"1.0"}, {"id":5}]
            """#
        let results = try EventGridSerialization().decodeBatch(Array(text.utf8)[...])
        let event = try results[0].get()
        #expect(event.source == "/subscriptions/x/topics/t")
        #expect(String(decoding: event.body, as: UTF8.self) == #"{"modelId":"dtmi:x;1"}"#)
        #expect(results[1] == .failure(SerializationError("id", .notA("a string"))))
    }

    @Test("A fault names the field and the rule", arguments: [
        ("{", SerializationError("event", .bodyNotJSON(JSONError(.unexpectedEnd, at: 1)))),
        (#"{"eventTime":"x"}"#, SerializationError("time", .notRFC3339, value: "x")),
        (#"{"own":"x"}"#, SerializationError("own", .reservedName)),
        (#"{"data":{"Ext":"x"}}"#, SerializationError("attribute 'Ext'", .invalidName)),
        (#"{"data":{"properties":5}}"#, SerializationError("properties", .notA("an object"))),
        (#"{"data":{"properties":{"a":5}}}"#, SerializationError("a", .notA("a string"))),
        (#"{"data":{"systemProperties":{"user-id":"%"}}}"#, SerializationError("user-id", .brokenPercentEncoding, value: "%")),
        ("{}", SerializationError("id", .missing)),
    ])
    func faults(_ text: String, _ error: SerializationError) {
        #expect(throws: error) { try decoded(text, source: "s") }
    }

    @Test("A bad body is left out of a request and named")
    func batch() throws {
        var bad = Notification.telemetry
        bad.body = Array("{".utf8)[...]
        var output: [UInt8] = []
        let grid = EventGridSerialization(carriesSource: true)
        #expect(grid.encodeBatch([bad, .telemetry, bad], into: &output).map(\.index) == [0, 2])
        #expect(try grid.decodeBatch(output[...]).map { try $0.get() } == [.telemetry])
    }
}
