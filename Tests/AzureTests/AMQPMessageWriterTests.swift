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

    @Test("in a data section they are the same bytes, and the section's length is exact", arguments: [
        (0, AMQPMessageWriter.Entity.eventHub), (20, .queueOrTopic), (200, .eventHub), (70_000, .queueOrTopic),
    ])
    func inDataSection(size: Int, entity: AMQPMessageWriter.Entity) throws {
        var notification = Self.notification
        notification.body = ArraySlice(repeating: 0x61, count: size)
        let writer = AMQPMessageWriter(entity: entity)
        var plain: [UInt8] = []
        var section: [UInt8] = [9]
        try writer.append(notification, to: &plain)
        try writer.append(notification, inDataSection: true, to: &section)
        try writer.append(notification, inDataSection: true, to: &section)
        let envelope = try AMQPMessage(parsing: section.dropFirst())
        #expect(envelope.body == .data([plain[...], plain[...]]))
    }

    @Test("of Service Bus have id, subject, lifetime and the time to be handed out in their places")
    func serviceBus() throws {
        var notification = Self.notification
        notification.messageFields = MessageFields()
        notification.messageFields?.messageID = "1"
        notification.messageFields?.correlationID = Array("order-9".utf8)
        notification.messageFields?.expiresAtMilliseconds = 10_000
        notification.extensions.append(
            ExtensionAttribute(name: "scheduledenqueuetime", value: .timestamp("1970-01-01T00:01:00Z")))
        func written(_ entity: AMQPMessageWriter.Entity) throws -> AMQPMessage {
            var bytes: [UInt8] = []
            try AMQPMessageWriter(entity: entity).append(notification, nowMilliseconds: 4_000, to: &bytes)
            return try AMQPMessage(parsing: bytes[...])
        }
        let message = try written(.queueOrTopic)
        #expect(message.properties.messageID == .string("n1"), "the event's id, by which duplicates are found")
        #expect(message.properties.subject == "kiln-4")
        #expect(message.properties.correlationID == .string("order-9"))
        #expect(message.properties.groupID == "kiln-4")
        #expect(message.properties.contentType == "application/json")
        #expect(message.header?.ttlMilliseconds == 6_000)
        #expect(message.messageAnnotations["x-opt-scheduled-enqueue-time"] == .timestamp(60_000))
        let event = try written(.eventHub)
        #expect(event.properties.messageID == .string("1"))
        #expect(event.properties.subject == nil)
        #expect(event.header?.ttlMilliseconds == nil)
        #expect(event.messageAnnotations["x-opt-scheduled-enqueue-time"] == nil)
    }
}
