import HeaderSerialization
import Notifications
import Testing

@Suite("What an event looks like")
struct WireImageTests {
    @Test("Every protocol shows what it sends, line by line")
    func lines() throws {
        var event = Notification.telemetry
        event.traceParent = nil
        event.dataSchema = nil
        #expect(try WireImage.amqp.lines(of: event, partitionKey: "pump-17") == [
            "header: durable = true", "message annotation: x-opt-partition-key = pump-17", "property: message-id = 5d1f7a52-1",
            "property: content-type = application/json", "application property: cloudEvents:specversion = 1.0",
            "application property: cloudEvents:id = 5d1f7a52-1", "application property: cloudEvents:source = factory-7.example.net",
            "application property: cloudEvents:type = microsoft.iot.telemetry", "application property: cloudEvents:subject = pump-17",
            "application property: cloudEvents:time = 2030-01-31T12:00:00.1234567Z", "application property: cloudEvents:sequence = 7",
            "application property: cloudEvents:sequencetype = Integer", #"data: {"temp":21.5}"#,
        ])
        #expect(try WireImage.mqtt5.lines(of: event, topic: "t").prefix(3) == [
            "topic: t", "content type: application/json", "user property: specversion = 1.0",
        ])
        #expect(try WireImage.http.lines(of: event).suffix(2) == ["header: content-type: application/json", #"body: {"temp":21.5}"#])
        #expect(try WireImage.mqtt3.lines(of: event).last?.hasPrefix(#"payload: {"specversion":"1.0""#) == true)
        #expect(try WireImage.eventGrid.lines(of: event).first?.hasPrefix(#"body: [{"id":"5d1f7a52-1""#) == true)
    }

    @Test("Message fields are shown, bytes that are no text as digits, long bodies cut")
    func fields() throws {
        var event = Notification.everything
        event.body = [UInt8](repeating: 0xAB, count: 1_030)[...]
        event.dataContentType = "application/octet-stream"
        let amqp = try WireImage.amqp.lines(of: event)
        #expect(amqp.contains("property: absolute-expiry-time = 2030-03-17T17:46:40.000Z"))
        #expect(amqp.contains("property: correlation-id = 0x00ff01"))
        #expect(amqp.last == "data: 0x" + String(repeating: "ab", count: 1_024) + " … 6 bytes more")
        let mqtt = try WireImage.mqtt5.lines(of: event, nowMilliseconds: 1_899_999_990_000)
        #expect(mqtt.contains("message expiry interval: 10 s"))
        #expect(mqtt.contains("response topic: answers/pump-17"))
    }
}
