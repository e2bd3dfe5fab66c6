import HeaderSerialization
import Notifications
import Testing

@Suite("Topics of IoT Hub devices")
struct DeviceTopicTests {
    @Test("Device, module and bag", arguments: [
        ("devices/pump-17/messages/events", "pump-17", nil, 0), ("devices/pump-17/messages/events/", "pump-17", nil, 0),
        ("devices/pump-17/messages/events/a=1&b=2", "pump-17", nil, 2), ("devices/p/messages/events/a=1/", "p", nil, 1),
        ("devices/p/modules/m/messages/events/a=1", "p", "m", 1), ("devices/é/messages/events/", "é", nil, 0),
    ] as [(String, String, String?, Int)])
    func topics(_ text: String, _ device: String, _ module: String?, _ properties: Int) throws {
        let topic = try #require(try DeviceTopic(parsing: text))
        #expect(topic.deviceID == device)
        #expect(topic.moduleID == module)
        #expect(topic.bag.properties.count == properties)
    }

    @Test("Topics of another shape are none", arguments: [
        "", "devices", "devices/", "devices//messages/events/", "devices/p/messages/eventsx", "devices/p/messages/devicebound/",
        "devices/p/modules//messages/events/", "x/devices/p/messages/events/", "devices/p/twin",
    ])
    func others(_ text: String) throws {
        #expect(try DeviceTopic(parsing: text) == nil)
    }

    @Test("A broken bag is an error, not another shape")
    func brokenBag() {
        #expect(throws: SerializationError("property 'a'", .brokenPercentEncoding, value: "%")) {
            try DeviceTopic(parsing: "devices/p/messages/events/a=%")
        }
    }

    @Test("The hub says who sent it and when it came")
    func systemProperties() throws {
        let topic = try #require(try DeviceTopic(parsing: "devices/p/modules/m/messages/events/"))
        #expect(topic.systemProperties(enqueuedMilliseconds: 5) == [
            Property(name: "iothub-connection-device-id", value: "p"), Property(name: "iothub-connection-module-id", value: "m"),
            Property(name: "iothub-enqueuedtime", value: "5"), Property(name: "iothub-message-source", value: "Telemetry"),
        ])
    }
}
