import HeaderSerialization
import MQTT
import Notifications
import Testing

@testable import Ingest

/// Bad input costs one event (design.md, promise 6): refused with the attribute's name, the rule
/// and a counter's label.
@Suite("Bad input over MQTT")
struct BadInputTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        var properties: KeyValuePairs<String, String> = [:]
        var payload = "{}"
        let label: String
        let attribute: String
        var testDescription: String { name }
    }

    static let required: [(String, String)] = [("specversion", "1.0"), ("id", "9"), ("source", "s"), ("type", "t")]

    private func reason(_ mapping: Mapping, _ topic: String, _ payload: String, _ pairs: [(String, String)]?) -> RefusalReason? {
        let properties = pairs.map { pairs in
            MessageProperties(userProperties: pairs.map { MessageProperties.UserProperty(name: $0.0, value: $0.1) })
        }
        return refusal { () throws(RefusalReason) in try mapping(topic, payload, properties: properties) }
    }

    private func expect(_ reason: RefusalReason?, _ label: String, _ attribute: String) {
        #expect(reason?.label == label)
        guard case .malformed(let error)? = reason else { return }
        #expect(error.attribute.contains(attribute))
        #expect(reason?.description.contains(attribute) == true)
        #expect(reason.map { "\($0)".utf8.count < 400 } == true, "a reason is for a line of a log")
    }

    @Test("in a CloudEvent's user properties", arguments: [
        Case(name: "capitals in a known name", properties: ["Subject": "a"], label: "invalid-attribute-name", attribute: "Subject"),
        Case(name: "given twice", properties: ["subject": "a", "subject": "b"], label: "given-twice", attribute: "subject"),
        Case(name: "extension given twice", properties: ["lot": "a", "lot": "b"], label: "given-twice", attribute: "lot"),
        Case(name: "property given twice", properties: ["a-b": "1", "a-b": "2"], label: "given-twice", attribute: "a-b"),
        Case(name: "time", properties: ["time": "3/2/2031"], label: "not-rfc3339", attribute: "time"),
        Case(name: "time with 25 hours", properties: ["time": "2031-02-03T25:00:00Z"], label: "not-rfc3339", attribute: "time"),
        Case(name: "64 KB", properties: ["lot": String(repeating: "a", count: 65_535)], label: "too-long", attribute: "lot"),
        Case(name: "long name", properties: [String(repeating: "a", count: 65): "1"], label: "invalid-attribute-name", attribute: "aaa"),
        Case(name: "control character", properties: ["subject": "a\u{7}"], label: "control-character", attribute: "subject"),
        Case(name: "user id", properties: ["user-id": "%4"], label: "broken-percent-encoding", attribute: "user-id"),
        Case(name: "empty", properties: ["time": ""], label: "empty-attribute", attribute: "time"),
        Case(name: "sequence", properties: ["sequence": "2147483648", "sequencetype": "Integer"], label: "wrong-value", attribute: "sequence"),
        Case(name: "property bag", properties: ["propertybag": "a=%"], label: "broken-percent-encoding", attribute: "propertybag"),
        Case(name: "data as an attribute", properties: ["data": "1"], label: "invalid-attribute-name", attribute: "data"),
    ])
    func binary(bad: Case) throws {
        let pairs = Self.required + bad.properties.map { ($0.key, $0.value) }
        expect(reason(try Mapping("e/#", .cloudEvent), "e/a", bad.payload, pairs), bad.label, bad.attribute)
    }

    @Test("where a required attribute is missing", arguments: ["id", "source", "type"])
    func missing(name: String) throws {
        let pairs = Self.required.filter { $0.0 != name }
        expect(reason(try Mapping("e/#", .cloudEvent), "e/a", "{}", pairs), "missing-attribute", name)
        let members = pairs.map { #""\#($0.0)":"\#($0.1)""# }.joined(separator: ",")
        expect(reason(try Mapping("e/#", .cloudEvent), "e/a", "{\(members)}", nil), "missing-attribute", name)
    }

    @Test("in a structured event", arguments: [
        (#""Lot":1"#, "invalid-attribute-name", "Lot"), (#""lot_no":1"#, "invalid-attribute-name", "lot_no"),
        (#""lot":1,"lot":2"#, "given-twice", "lot"), (#""id":"10""#, "given-twice", "id"),
        (#""time":"noon""#, "not-rfc3339", "time"), (#""lot":[1]"#, "wrong-value", "lot"),
        (#""lot":2147483648"#, "wrong-value", "lot"), (#""data":1e999"#, "body-not-json", ""),
        (#""data_base64":"?""#, "broken-base64", "data_base64"), (#""data":1,"data_base64":"""#, "wrong-value", "data_base64"),
        (#""data":{"#, "body-not-json", ""),
    ])
    func structured(member: String, label: String, attribute: String) throws {
        let text = #"{"specversion":"1.0","id":"9","source":"s","type":"t",\#(member)}"#
        expect(reason(try Mapping("e/#", .cloudEvent), "e/a", text, nil), label, attribute)
    }

    @Test("that is no event at all", arguments: ["", "7", "[]", "{}", "null", "{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"s\",\"type\":\"t\"}"])
    func noEvent(payload: String) throws {
        #expect(reason(try Mapping("e/#", .cloudEvent), "e/a", payload, nil) != nil)
    }

    @Test("in a body that claims to be JSON", arguments: [
        "{", "{\"a\":1e999}", String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000), "{\"a\":\"\u{1}\"}", "nul", "{} {}",
    ])
    func body(payload: String) throws {
        let mapping = try Mapping("devices/{subject}/messages/events/{properties...}", .event(.telemetry))
        let reason = reason(mapping, "devices/a/messages/events/$.ct=application%2Fjson", payload, nil)
        expect(reason, "body-not-json", "body")
        #expect(self.reason(mapping, "devices/a/messages/events", payload, nil) == nil, "a claim is checked, a guess is not")
    }

    @Test("in a property bag", arguments: [
        ("a=%zz", "broken-percent-encoding"), ("a=%4", "broken-percent-encoding"), ("%=1", "broken-percent-encoding"),
        ("a=1&a=2", "given-twice"), ("$.mid=1&$.mid=2", "given-twice"), ("a=%FF", "invalid-utf8"), ("$.exp=soon", "not-rfc3339"),
        ((0...1000).map { "p\($0)=1" }.joined(separator: "&"), "too-many"),
    ])
    func propertyBag(bag: String, label: String) throws {
        let mapping = try Mapping("devices/{subject}/messages/events/{properties...}", .event(.telemetry))
        #expect(reason(mapping, "devices/a/messages/events/\(bag)", "1", nil)?.label == label)
    }

    @Test("in telemetry's user properties given twice")
    func telemetryTwice() throws {
        let mapping = try Mapping("d/{subject}", .event(.telemetry))
        expect(reason(mapping, "d/a", "1", [("lot", "1"), ("lot", "2")]), "given-twice", "lot")
    }

    @Test("of a topic without a subject, or too large")
    func topicAndSize() throws {
        let mapping = try Mapping("d/{subject}/x", .event(.telemetry), maximumPayloadBytes: 10)
        #expect(reason(mapping, "d//x", "1", nil) == .emptySubject)
        #expect(reason(mapping, "d/a/x", "12345678901", nil) == .payloadTooLarge(bytes: 11, limit: 10))
        #expect(reason(mapping, "d/a/x", "1234567890", nil) == nil)
        #expect(reason(mapping, "d/a/y", "1", nil)?.label == "no-template-matches")
        let twin = try Mapping("t/{subject}/x", .event(.twinCreate))
        #expect(reason(twin, "t//x", "{}", nil)?.label == "empty-subject")
    }

    @Test("is survived whatever the bytes are", arguments: 0..<4)
    func anyBytes(round: Int) throws {
        var random = FastRandom(seed: (UInt64(round), 2, 3, 5))
        let mappings = [
            try Mapping("#", .cloudEvent), try Mapping("{subject}/{properties...}", .event(.telemetry)),
            try Mapping("#", .event(.twinUpdate)),
        ]
        let alphabet = Array(#"{}[]":,\%&=$.0123456789eE+-aspecvrionidt/ é"#.unicodeScalars)
        func text(_ count: Int) -> String {
            String(String.UnicodeScalarView((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }))
        }
        for _ in 0..<500 {
            let payload: [UInt8] = (0..<Int.random(in: 0..<80, using: &random)).map { _ in random.next() as UInt8 }
            let properties = MessageProperties([text(6): text(8), "specversion": "1.0", text(3): text(3)], contentType: text(4))
            for mapping in mappings {
                _ = refusal { () throws(RefusalReason) in try mapping(text(20), payload, properties: properties) }
                _ = refusal { () throws(RefusalReason) in try mapping(text(20), text(60)) }
            }
        }
    }
}
