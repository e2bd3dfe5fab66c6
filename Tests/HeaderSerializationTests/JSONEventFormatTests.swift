import HeaderSerialization
import Notifications
import Testing

@Suite("The JSON event format")
struct JSONEventFormatTests {
    private let format = JSONEventFormat()

    private func encoded(_ notification: Notification) throws -> String {
        var output: [UInt8] = []
        try format.encode(notification, into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private func decoded(_ text: String, _ defaults: AttributeDefaults = .none) throws -> Notification {
        try format.decode(Array(text.utf8)[...], defaults: defaults)
    }

    @Test("Every attribute has the member that the table says")
    func table() throws {
        #expect(try encoded(.telemetry) == #"""
            {"specversion":"1.0","id":"5d1f7a52-1","source":"factory-7.example.net","type":"microsoft.iot.telemetry",\#
            "subject":"pump-17","dataschema":"dtmi:example:Pump;1",\#
            "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",\#
            "time":"2030-01-31T12:00:00.1234567Z","sequence":"7","sequencetype":"Integer",\#
            "datacontenttype":"application/json","data":{"temp":21.5}}
            """#)
        #expect(try decoded(encoded(.telemetry)) == .telemetry)
    }

    @Test("Properties and message fields go along in one attribute")
    func everything() throws {
        let text = try encoded(.everything)
        #expect(text.contains(#""propertybag":"$.mid=device-4711&$.cid=%00%FF%01&$.uid=worker&$.ce=utf-8&"#))
        #expect(text.contains(#"$.rto=answers%2Fpump-17&$.exp=1900000000000&line=7&Temperature%20Unit=%C2%B0C&empty=""#))
        #expect(try decoded(text) == .everything)
    }

    @Test("Types that JSON has are its own")
    func types() throws {
        var notification = Notification(id: "i", source: "s", type: "t")
        notification.extensions = [
            ExtensionAttribute(name: "flag", value: .boolean(false)),
            ExtensionAttribute(name: "number", value: .integer(-2_147_483_648)),
            ExtensionAttribute(name: "bytes", value: .binary([0xFF])),
            ExtensionAttribute(name: "text", value: .string("\"\\\u{1}\n\u{2028}")),
        ]
        let text = try encoded(notification)
        #expect(text == #"""
            {"specversion":"1.0","id":"i","source":"s","type":"t","flag":false,"number":-2147483648,"bytes":"/w==",\#
            "text":"\"\\\u0001\n\#u{2028}"}
            """#)
        #expect(throws: SerializationError("text", .controlCharacter)) { try decoded(text) }
    }

    /// Content type and body, and the member that carries it.
    static let bodies: [(String?, [UInt8], String?)] = [
        ("application/json", Array(#" {"a" : 1.0} "#.utf8), #""data": {"a" : 1.0} }"#),
        ("application/merge-patch+json", Array("null".utf8), #""data":null}"#),
        (nil, Array("[1]".utf8), #""data":[1]}"#),
        (nil, Array("no json".utf8), #""data_base64":"bm8ganNvbg=="}"#),
        ("text/plain", Array("a \"b\"".utf8), #""data":"a \"b\""}"#),
        ("text/plain", [0xFF], #""data_base64":"/w=="}"#),
        ("application/xml", Array("<a/>".utf8), #""data":"<a/>"}"#),
        ("application/octet-stream", Array("abcd".utf8), #""data_base64":"YWJjZA=="}"#),
        ("application/json", [], nil),
    ]

    @Test("Bodies go as data or data_base64, JSON byte for byte", arguments: bodies.indices)
    func body(_ index: Int) throws {
        let (type, body, member) = Self.bodies[index]
        let text = try encoded(Notification(id: "i", source: "s", type: "t", dataContentType: type, body: body[...]))
        if let member { #expect(text.hasSuffix(member)) } else { #expect(!text.contains(#""data""#)) }
    }

    @Test("A body that is not what it claims is refused and leaves nothing behind")
    func badBody() throws {
        var output: [UInt8] = [1]
        let bad = Notification(id: "i", source: "s", type: "t", dataContentType: "application/json", body: [0x7B])
        #expect(throws: SerializationError("body", .bodyNotJSON(JSONError(.unexpectedEnd, at: 1)))) {
            try format.encode(bad, into: &output)
        }
        #expect(output == [1])
        let failures = format.encodeBatch([bad, .telemetry, bad, .telemetry], into: &output)
        #expect(failures.map(\.index) == [0, 2])
        #expect(try format.decodeBatch(output.dropFirst()).map { try $0.get() } == [.telemetry, .telemetry])
    }

    @Test("Data without a content type is JSON and says so from then on; null is absent")
    func reading() throws {
        let event = try decoded(#"{"specversion":"1.0","id":"i","source":"s","type":"t","subject":null,"x":null,"data":{"a":1}}"#)
        #expect(event == Notification(
            id: "i", source: "s", type: "t", dataContentType: "application/json", body: Array(#"{"a":1}"#.utf8)[...]))
        let escaped = try decoded(#"{"specversion":"1.0","\u0069d":"\ud83d\ude00","source":"s","type":"t","data_base64":"AQI="}"#)
        #expect(escaped == Notification(id: "😀", source: "s", type: "t", body: [1, 2]))
    }

    @Test("What a publisher left out is filled in where the bridge knows it")
    func defaults() throws {
        let defaults = AttributeDefaults(
            id: "i", source: "s", type: "t", subject: "sub", time: "2030-01-31T12:00:00Z", assumesSpecVersion: true)
        #expect(try decoded("{}", defaults) == Notification(
            id: "i", source: "s", type: "t", subject: "sub", time: "2030-01-31T12:00:00Z"))
        #expect(try decoded(#"{"id":"own","specversion":"1.0"}"#, defaults).id == "own")
    }

    static let faults: [(String, SerializationError)] = [
        ("[]", SerializationError("event", .bodyNotJSON(JSONError(.unexpectedByte, at: 0)))),
        ("{} x", SerializationError("event", .bodyNotJSON(JSONError(.trailingBytes, at: 3)))),
        (#"{"id":25}"#, SerializationError("id", .notA("text"), value: "25")),
        (#"{"datacontenttype":"xyz"}"#,
         SerializationError("datacontenttype", .notA("a media type like application/json"), value: "xyz")),
        (#"{"datacontenttype":"/json"}"#,
         SerializationError("datacontenttype", .notA("a media type like application/json"), value: "/json")),
        (#"{"dataschema":""}"#, SerializationError("dataschema", .empty)),
        (#"{"my.extension":"x"}"#, SerializationError("attribute 'my.extension'", .invalidName)),
        (#"{"id":1.5}"#, SerializationError("id", .notA("a 32-bit integer"), value: "1.5")),
        (#"{"x":4294967296}"#, SerializationError("x", .notA("a 32-bit integer"), value: "4294967296")),
        (#"{"x":{}}"#, SerializationError("x", .notA("a string, boolean or integer"))),
        (#"{"Subject":"s"}"#, SerializationError("attribute 'Subject'", .invalidName)),
        (#"{"id":"a","id":"b"}"#, SerializationError("id", .givenTwice)),
        (#"{"data":1,"data":2}"#, SerializationError("data", .givenTwice)),
        (#"{"data":1,"data_base64":"AA=="}"#, SerializationError("data_base64", .notA("allowed beside data"))),
        (#"{"data_base64":"A"}"#, SerializationError("data_base64", .brokenBase64, value: "A")),
        (#"{"data_base64":"AB=="}"#, SerializationError("data_base64", .brokenBase64, value: "AB==")),
        (#"{"data_base64":"A=A="}"#, SerializationError("data_base64", .brokenBase64, value: "A=A=")),
        (#"{"data_base64":5}"#, SerializationError("data_base64", .notA("a string"))),
        (#"{"time":"2030-01-31"}"#, SerializationError("time", .notRFC3339, value: "2030-01-31")),
        (#"{"sequence":"x","sequencetype":"Integer","specversion":"1.0","id":"i","source":"s","type":"t"}"#,
         SerializationError("sequence", .notA("a signed 32-bit integer"), value: "x")),
        (#"{"propertybag":"a=%","specversion":"1.0","id":"i","source":"s","type":"t"}"#,
         SerializationError("propertybag, property 'a'", .brokenPercentEncoding, value: "%")),
    ]

    @Test("A fault names the attribute and the rule", arguments: faults.indices)
    func fault(_ index: Int) {
        let (text, error) = Self.faults[index]
        #expect(throws: error) { try decoded(text) }
    }

    @Test("In a batch a bad event costs only itself")
    func batch() throws {
        let text = #"[{"specversion":"1.0","id":"1","source":"s","type":"t"}, {"id":"2"}, 5]"#
        let results = try format.decodeBatch(Array(text.utf8)[...])
        #expect(results.count == 3)
        #expect(try results[0].get().id == "1")
        #expect(results[1] == .failure(SerializationError("specversion", .missing)))
        #expect(results[2] == .failure(SerializationError("event", .bodyNotJSON(JSONError(.unexpectedByte, at: 0)))))
        #expect(try format.decodeBatch(Array(" [ ] ".utf8)[...]).isEmpty)
        #expect(throws: SerializationError.self) { try format.decodeBatch(Array("[{}".utf8)[...]) }
    }

    @Test("JSON data is a slice of the input")
    func noCopy() throws {
        let bytes = Array(#"{"specversion":"1.0","id":"1","source":"s","type":"t","data":[1]}"#.utf8)
        #expect(try format.decode(bytes[...]).body.startIndex == 61)
    }
}
