import MQTT
import Notifications
import Testing

@testable import Ingest

@Suite("Telemetry on IoT Hub's device topics")
struct DeviceTopicMappingTests {
    static let template = "devices/{subject}/messages/events/{properties...}"

    private static func annotations(of device: String, module: String? = nil) -> [Property] {
        [Property(name: "iothub-connection-device-id", value: device)]
            + (module.map { [Property(name: "iothub-connection-module-id", value: $0)] } ?? [])
            + [
                Property(name: "iothub-enqueuedtime", value: "\(Mapping.now.milliseconds)"),
                Property(name: "iothub-message-source", value: "Telemetry"),
            ]
    }

    @Test("has system properties in the message's fields, the others URL-decoded, and the annotations")
    func propertyBag() throws {
        let bag = "$.mid=m%2F1&$.cid=c%FF&$.uid=u&$.ct=application%2Fjson%3Bcharset%3Dutf-8&$.ce=utf-8&$.on=out&lot=A%26B&f%C3%BCr=%E2%82%AC&flag&none="
        let mapping = try Mapping(Self.template, .event(.telemetry))
        let notification = try mapping("devices/kiln-4/messages/events/\(bag)", #"{"bar":1}"#).notification
        #expect(notification.subject == "kiln-4")
        #expect(notification.dataContentType == "application/json;charset=utf-8")
        #expect(
            notification.messageFields
                == MessageFields(
                    messageID: "m/1", correlationID: [0x63, 0xFF], userID: Array("u".utf8), contentEncoding: "utf-8"))
        #expect(
            notification.properties == [
                Property(name: "$.on", value: "out"), Property(name: "lot", value: "A&B"),
                Property(name: "für", value: "€"), Property(name: "flag", value: nil), Property(name: "none", value: ""),
            ] + Self.annotations(of: "kiln-4"))
    }

    @Test("has the annotations without a property bag too", arguments: ["", "/"])
    func annotationsAlone(end: String) throws {
        let notification = try Mapping(Self.template, .event(.telemetry))("devices/d/messages/events\(end)", "1").notification
        #expect(notification.properties == Self.annotations(of: "d"))
    }

    @Test("of a module names the module")
    func module() throws {
        let mapping = try Mapping("devices/{subject}/modules/{module}/messages/events/{properties...}", .event(.telemetry))
        let notification = try mapping("devices/d/modules/m/messages/events/a=1", "1").notification
        #expect(notification.properties == [Property(name: "a", value: "1")] + Self.annotations(of: "d", module: "m"))
    }

    @Test("has no annotations where the subscription wants none, and on topics of another shape")
    func noAnnotations() throws {
        let plain = try Mapping(Self.template, .event(.telemetry), annotations: false)
        #expect(try plain("devices/d/messages/events/a=1", "1").notification.properties == [Property(name: "a", value: "1")])
        let other = try Mapping("plant/{subject}/{properties...}", .event(.telemetry))
        #expect(try other("plant/d/a=1&b=2", "1").notification.properties == [
            Property(name: "a", value: "1"), Property(name: "b", value: "2"),
        ])
    }

    @Test("cannot forge an annotation")
    func forged() throws {
        let mapping = try Mapping(Self.template, .event(.telemetry))
        let notification = try mapping("devices/d/messages/events/iothub-message-source=me", "1").notification
        #expect(
            notification.properties
                == [Property(name: "@iothub-message-source", value: "me")] + Self.annotations(of: "d"))
    }

    @Test("believes the topic before the packet")
    func topicFirst() throws {
        var packet = MessageProperties(["lot": "packet", "other": "packet"], contentType: "text/plain")
        packet.correlationData = [1]
        let mapping = try Mapping(Self.template, .event(.telemetry), annotations: false)
        let notification = try mapping(
            "devices/d/messages/events/lot=topic&$.ct=application%2Fjson&$.cid=c", "1", properties: packet
        ).notification
        #expect(notification.properties == [Property(name: "other", value: "packet"), Property(name: "lot", value: "topic")])
        #expect(notification.dataContentType == "application/json")
        #expect(notification.messageFields?.correlationID == Array("c".utf8))
    }
}
