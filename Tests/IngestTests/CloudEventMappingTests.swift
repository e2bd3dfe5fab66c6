import MQTT
import Notifications
import Testing

@testable import Ingest

@Suite("CloudEvents over MQTT")
struct CloudEventMappingTests {
    static let structured = #"""
        {"specversion":"1.0","id":"9","source":"/presses/2","type":"org.example.press.stroke","subject":"press-2",
         "time":"2031-02-03T04:05:06+01:00","datacontenttype":"application/json","batchno":12,"hot":true,
         "traceparent":"00-5b0a4f6c1d2e3f405162738495a6b7c8-9182736455463728-01","data":{"kN":[1, 2.50]}}
        """#

    private func mapping() throws -> Mapping { try Mapping("events/#", .cloudEvent) }

    @Test("are read in structured mode, with and without the content type that MQTT 5 has", arguments: [
        nil, "application/cloudevents+json", "application/CloudEvents+JSON; charset=utf-8",
    ])
    func structuredMode(contentType: String?) throws {
        let properties = contentType.map { MessageProperties(contentType: $0) }
        let event = try mapping()("events/a", Self.structured, properties: properties)
        let notification = event.notification
        #expect(notification.id == "9" && notification.source == "/presses/2")
        #expect(notification.type == "org.example.press.stroke" && notification.subject == "press-2")
        #expect(notification.time == "2031-02-03T04:05:06+01:00", "kept as it was written")
        #expect(notification.traceParent == "00-5b0a4f6c1d2e3f405162738495a6b7c8-9182736455463728-01")
        #expect(notification.extensions == [
            ExtensionAttribute(name: "batchno", value: .integer(12)), ExtensionAttribute(name: "hot", value: .boolean(true)),
        ])
        #expect(notification.text == #"{"kN":[1, 2.50]}"#, "the body's own bytes")
        #expect(!event.startsSubjectAnew)
    }

    @Test("are read in binary mode")
    func binaryMode() throws {
        let properties = MessageProperties(
            ["specversion": "1.0", "id": "9", "source": "/presses/2", "type": "t", "batchno": "12", "Line": "3"],
            contentType: "text/plain")
        let notification = try mapping()("events/a", "free", properties: properties).notification
        #expect(notification.extensionTexts == ["batchno": "12"])
        #expect(notification.properties == [Property(name: "Line", value: "3")])
        #expect(notification.dataContentType == "text/plain" && notification.text == "free")
        #expect(notification.subject == nil && notification.time == nil)
        #expect(notification.traceParent != nil, "begun where none is brought")
    }

    @Test("that create a twin begin its sequence, in either dialect and any spelling", arguments: [
        ("Microsoft.DigitalTwins.Twin.Create", true), ("microsoft.digitaltwins.twin.create", true),
        ("Microsoft.DigitalTwins.Twin.Delete", false), ("Microsoft.Other.Twin.Create", false),
    ])
    func creation(type: String, begins: Bool) throws {
        let text = #"{"specversion":"1.0","id":"9","source":"s","type":"\#(type)","subject":"a","data":{"$dtId":"a"}}"#
        #expect(try mapping()("events/a", text).startsSubjectAnew == begins)
    }

    @Test("of a twin type are held to the seeds' rules for it")
    func twinRules() throws {
        let text = #"{"specversion":"1.0","id":"9","source":"s","type":"Microsoft.DigitalTwins.Twin.Update","subject":"a","data":{}}"#
        let mapping = try mapping()
        #expect(refusal { () throws(RefusalReason) in try mapping("events/a", text) }?.label == "wrong-value")
    }
}
