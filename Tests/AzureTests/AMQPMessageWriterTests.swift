import AMQPCodec
import Azure
import HeaderSerialization
import Notifications
import Testing

@Suite("Messages for an AMQP entity")
struct AMQPMessageWriterTests {
    static let notification = Notification(
        id: "n1", source: "mill-3.example.org", type: "t", subject: "kiln-4", dataContentType: "application/json",
        extensions: [ExtensionAttribute(name: "line", value: .integer(7))], body: Array(#"{"bar":1}"#.utf8)[...])

    private func message(_ writer: AMQPMessageWriter, _ notification: Notification = notification) throws -> AMQPMessage {
        var bytes: [UInt8] = []
        try writer.append(notification, to: &bytes)
        return try AMQPMessage(parsing: bytes[...])
    }

    private func key(_ message: AMQPMessage) -> AMQPValue? {
        message.messageAnnotations[.symbol("x-opt-partition-key")]
    }

    @Test("have the partition key that partitionBy says, and with Service Bus the session too", arguments: [
        (PartitionKey.subject, "kiln-4" as String?), (.none, nil), (.attribute("line"), "7"), (.attribute("nothing"), nil),
        (.attribute("source"), "mill-3.example.org"), (.attribute("id"), "n1"),
    ])
    func partitionKey(by source: PartitionKey, expected: String?) throws {
        let hub = try message(AMQPMessageWriter(partitionBy: source))
        #expect(key(hub) == expected.map { .string($0) })
        #expect(hub.properties.groupID == nil)
        let queue = try message(AMQPMessageWriter(partitionBy: source, entity: .queueOrTopic))
        #expect(key(queue) == expected.map { .string($0) })
        #expect(queue.properties.groupID == expected)
    }

    @Test("have session and partition key cut alike")
    func longKey() throws {
        var notification = Self.notification
        notification.subject = String(repeating: "ä", count: 200)
        let queue = try message(AMQPMessageWriter(entity: .queueOrTopic), notification)
        let cut = String(repeating: "ä", count: 128)
        #expect(key(queue) == .string(cut))
        #expect(queue.properties.groupID == cut)
    }

    @Test("have the body in the format of the endpoint", arguments: [
        (BodyFormat.json, "application/json"), (.cbor, "application/cbor"), (.protobuf, "application/cloudevents+protobuf"),
    ])
    func body(format: BodyFormat, contentType: String) throws {
        let message = try message(AMQPMessageWriter(body: format))
        #expect(message.properties.contentType == contentType)
        var bytes: [UInt8] = []
        AMQPSerialization().encode(try format.apply(to: Self.notification), partitionKey: "kiln-4", into: &bytes)
        var written: [UInt8] = []
        try AMQPMessageWriter(body: format).append(Self.notification, to: &written)
        #expect(written == bytes)
    }

    @Test("refuse a body that is not what it claims, and leave the buffer as it was", arguments: [BodyFormat.cbor, .protobuf])
    func badBody(format: BodyFormat) throws {
        var notification = Self.notification
        notification.body = Array("{".utf8)[...]
        var bytes: [UInt8] = [1, 2, 3]
        #expect(throws: SerializationError.self) { try AMQPMessageWriter(body: format).append(notification, to: &bytes) }
        #expect(bytes == [1, 2, 3])
    }
}
