import MQTT
import Notifications
import Testing

@testable import Ingest

@Suite("Telemetry")
struct TelemetryMappingTests {
    static let topic = "plant/{subject}/state"
    static let trace = "00-5b0a4f6c1d2e3f405162738495a6b7c8-9182736455463728-01"

    @Test("has the header that the table says, and the body as it came")
    func header() throws {
        let event = try Mapping(Self.topic, .event(.telemetry))("plant/kiln-4/state", #"{"bar":3.5}"#)
        let notification = event.notification
        #expect(notification.source == "mill-3.example.org")
        #expect(notification.type == "microsoft.iot.telemetry")
        #expect(notification.subject == "kiln-4")
        #expect(notification.time == Mapping.time)
        #expect(notification.dataContentType == "application/json")
        #expect(notification.id.count == 36)
        #expect(notification.text == #"{"bar":3.5}"#)
        #expect(notification.body.startIndex == 6, "a slice of the batch's arena, not a copy")
        #expect(notification.properties.isEmpty && notification.extensions.isEmpty)
        #expect(notification.messageFields == nil && notification.dataSchema == nil && notification.sequence == nil)
        #expect(!event.startsSubjectAnew)
    }

    @Test("is about the whole topic where the template names no subject")
    func wholeTopic() throws {
        #expect(try Mapping("plant/#", .event(.telemetry))("plant/a/b", "1").notification.subject == "plant/a/b")
    }

    @Test("takes the first template that matches")
    func firstTemplate() throws {
        var mapping = try Mapping(Self.topic, .event(.telemetry))
        mapping.subscriptions += try Mapping("plant/#", .event(.twinDelete)).subscriptions
        #expect(try mapping("plant/a/state", "x").notification.type == "microsoft.iot.telemetry")
        #expect(try mapping("plant/a", "{}").notification.type == "Microsoft.DigitalTwins.Twin.Delete")
        #expect(refusal { () throws(RefusalReason) in try mapping("mine/a", "{}") } == .noTemplateMatches)
    }

    @Test("guesses a content type by the first byte, and only where none is said", arguments: [
        (" {\"a\":1}", "application/json"), ("[1]", "application/json"), ("-1", "application/json"),
        ("\"a\"", "application/json"), ("true", "application/json"), ("null", "application/json"),
        ("\t\r\n7", "application/json"), ("<a/>", "application/octet-stream"), ("\u{0}", "application/octet-stream"),
        ("", nil), ("  ", nil),
    ] as [(String, String?)])
    func contentType(payload: String, guess: String?) throws {
        let mapping = try Mapping(Self.topic, .event(.telemetry))
        #expect(try mapping("plant/a/state", payload).notification.dataContentType == guess)
        let said = MessageProperties(contentType: "text/plain")
        #expect(try mapping("plant/a/state", payload, properties: said).notification.dataContentType == "text/plain")
    }

    @Test("takes what MQTT 5 carries beside the payload")
    func mqtt5() throws {
        var properties = MessageProperties(["line": "7", "Über": "ä", "traceparent": Self.trace], contentType: "text/csv")
        properties.correlationData = [1, 0xFF]
        properties.responseTopic = "answers/kiln-4"
        properties.messageExpiryInterval = 90
        let notification = try Mapping(Self.topic, .event(.telemetry))("plant/a/state", "1;2", properties: properties).notification
        #expect(notification.properties == [Property(name: "line", value: "7"), Property(name: "Über", value: "ä")])
        #expect(notification.traceParent == Self.trace)
        #expect(notification.dataContentType == "text/csv")
        #expect(
            notification.messageFields
                == MessageFields(
                    correlationID: [1, 0xFF], replyTo: "answers/kiln-4",
                    expiresAtMilliseconds: Mapping.now.milliseconds + 90_000))
    }

    @Test("begins a trace where none, or none that is valid, comes along", arguments: [nil, "00-0-0-00", ""])
    func beginsTrace(given: String?) throws {
        let properties = given.map { MessageProperties(["traceparent": $0]) }
        let mapping = try Mapping(Self.topic, .event(.telemetry))
        let notification = try mapping("plant/a/state", "1", properties: properties).notification
        let trace = try #require(notification.traceParent)
        #expect(trace.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-00/) != nil)
        #expect(notification.property("traceparent") == given, "what is no trace context stays the device's own property")
    }

    @Test("keeps names that IoT Hub sets itself for IoT Hub")
    func reservedNames() throws {
        let properties = MessageProperties(["iothub-connection-device-id": "somebody else"])
        let notification = try Mapping(Self.topic, .event(.telemetry))("plant/a/state", "1", properties: properties).notification
        #expect(notification.properties == [Property(name: "@iothub-connection-device-id", value: "somebody else")])
    }
}
