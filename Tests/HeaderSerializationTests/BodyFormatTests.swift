import HeaderSerialization
import Notifications
import TestSupport
import Testing

@Suite("Body formats")
struct BodyFormatTests {
    private func telemetry(_ body: String, _ contentType: String? = "application/json") -> Notification {
        var notification = Notification.telemetry
        notification.body = Array(body.utf8)[...]
        notification.dataContentType = contentType
        return notification
    }

    @Test("json leaves an event as it came")
    func json() throws {
        #expect(try BodyFormat.json.apply(to: .everything) == .everything)
    }

    /// JSON, and the CBOR of RFC 8949 for it.
    @Test("JSON becomes CBOR", arguments: [
        ("0", "00"), ("23", "17"), ("24", "1818"), ("256", "190100"), ("65536", "1a00010000"), ("-1", "20"), ("-500", "3901f3"),
        ("9223372036854775807", "1b7fffffffffffffff"), ("-9223372036854775808", "3b7fffffffffffffff"),
        ("1.5", "fa3fc00000"), ("0.1", "fb3fb999999999999a"), ("1e300", "fb7e37e43c8800759c"),
        ("18446744073709551616", "fa5f800000"), ("true", "f5"), ("false", "f4"), ("null", "f6"), (#""""#, "60"),
        (#""\u00fc""#, "62c3bc"), ("[]", "80"), ("[1,[2]]", "82018102"), ("{}", "a0"), (#"{"a":{"b":[]}}"#, "a16161a1616280"),
    ])
    func cbor(_ json: String, _ expected: String) throws {
        let result = try BodyFormat.cbor.apply(to: telemetry(json))
        #expect(hexadecimal(result.body) == expected)
        #expect(result.dataContentType == "application/cbor")
    }

    @Test("What is no JSON stays as it is under CBOR, and what only claims to be is refused")
    func notJSON() throws {
        for event in [telemetry("text", "text/plain"), telemetry("text", nil), telemetry("")] {
            #expect(try BodyFormat.cbor.apply(to: event) == event)
        }
        for format in [BodyFormat.cbor, .protobuf] {
            #expect(throws: SerializationError("body", .bodyNotJSON(JSONError(.unexpectedEnd, at: 1)))) {
                try format.apply(to: telemetry("{"))
            }
        }
    }

    @Test("Protobuf keeps every attribute with its type")
    func protobuf() throws {
        var event = Notification.everything
        event.extensions = [
            ExtensionAttribute(name: "a", value: .boolean(true)), ExtensionAttribute(name: "b", value: .integer(-7)),
            ExtensionAttribute(name: "c", value: .binary([1, 0xFF])), ExtensionAttribute(name: "d", value: .uri("urn:x")),
            ExtensionAttribute(name: "e", value: .uriReference("/x")),
            ExtensionAttribute(name: "f", value: .timestamp("2030-01-31T12:00:00.5Z")),
            ExtensionAttribute(name: "g", value: .timestamp("2030-01-31T12:00:00.500Z")),
        ]
        let result = try BodyFormat.protobuf.apply(to: event)
        #expect(result.dataContentType == "application/cloudevents+protobuf")
        event.extensions[5].value = .string("2030-01-31T12:00:00.5Z")
        #expect(try ProtobufEventFormat().decode(result.body) == event)
        #expect(try BodyFormat.protobuf.apply(to: Notification.everything) == BodyFormat.protobuf.apply(to: .everything))
    }

    @Test("Times come back letter by letter", arguments: [
        "2030-01-31T12:00:00Z", "2030-01-31T12:00:00.123Z", "2030-01-31T12:00:00.123456Z", "2030-01-31T12:00:00.1234567Z",
        "2030-01-31T12:00:00.123456789Z", "1960-01-31T12:00:00.25Z", "1960-01-31T12:00:00.250Z", "2030-01-31T13:00:00+01:00",
        "2030-01-31T12:00:00.1234567891Z", "2030-01-31t12:00:00z", "1990-12-31T23:59:60Z", "2030-01-31T12:00:00.000Z",
    ])
    func times(_ time: String) throws {
        var event = Notification.telemetry
        event.time = time
        #expect(try ProtobufEventFormat().decode(BodyFormat.protobuf.apply(to: event).body).time == time)
    }

    @Test("Bodies of every kind pass through protobuf", arguments: [
        (#"{"a":[1,-2.5,"x",null,true,{}],"b":1e+300}"#, "application/json"), ("[1]", "application/json"), ("5", nil),
        ("text €", "text/plain"), ("<a/>", "application/xml"), ("abc", "application/octet-stream"), ("", "application/json"),
    ])
    func bodies(_ body: String, _ type: String?) throws {
        var event = telemetry(body, type)
        let encoded = try BodyFormat.protobuf.apply(to: event).body
        // A missing content type means JSON, and is written out.
        event.dataContentType = type ?? "application/json"
        #expect(try ProtobufEventFormat().decode(encoded) == event)
    }

    @Test("Garbage is no protobuf event")
    func garbage() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("Protobuf fuzz seed \(seed)")
        var generator = SplitMix64(seed: seed)
        let whole = Array(try BodyFormat.protobuf.apply(to: .everything).body)
        for _ in 0..<3_000 {
            var damaged = whole
            damaged[Int.random(in: whole.indices, using: &generator)] = UInt8(truncatingIfNeeded: generator.next())
            _ = try? ProtobufEventFormat().decode(damaged.prefix(Int.random(in: 0...whole.count, using: &generator)))
        }
        #expect(throws: SerializationError.self) { try ProtobufEventFormat().decode([0xFF]) }
        #expect(throws: SerializationError("specversion", .missing)) { try ProtobufEventFormat().decode([]) }
    }
}
