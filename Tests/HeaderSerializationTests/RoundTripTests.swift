import AMQPCodec
import HeaderSerialization
import Notifications
import TestSupport
import Testing

@Suite("Round trips through every protocol")
struct RoundTripTests {
    private static let now: Int64 = 1_896_091_200_000

    /// Runs `body` on random events; a failure shows the seed that makes the same ones again.
    private func check(_ count: Int, _ body: (Notification) throws -> Notification) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(seed: seed)
        for index in 0..<count {
            let notification = Notification.random(nowMilliseconds: Self.now, using: &generator)
            do {
                let result = try body(notification)
                try #require(result == notification, "seed \(seed), event \(index)")
            } catch let error as SerializationError {
                Issue.record("seed \(seed), event \(index): \(error); \(notification)")
                return
            }
        }
    }

    @Test("MQTT 5, AMQP, HTTP: 10,000 events are the same at the end")
    func chain() throws {
        let mqtt = MQTT5Serialization()
        let amqp = AMQPSerialization()
        let http = HTTPSerialization()
        try check(10_000) { event in
            let publish = try mqtt.encode(event, topic: "t", nowMilliseconds: Self.now)
            var bytes: [UInt8] = []
            amqp.encode(try mqtt.decode(publish, nowMilliseconds: Self.now), into: &bytes)
            let content = http.encodeBinary(try amqp.decode(AMQPMessage(parsing: bytes)))
            for field in content.fields where field.name != "content-type" {
                try #require((field.name + field.value).utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            }
            return try #require(try http.decode(content).first).get()
        }
    }

    @Test("Structured over HTTP, MQTT 3.1.1 and in batches")
    func structured() throws {
        let http = HTTPSerialization()
        let mqtt = MQTT3Serialization()
        try check(2_000) { event in
            let first = try #require(try http.decode(http.encodeStructured(event)).first).get()
            let second = try mqtt.decode(mqtt.encode(first, topic: "t"))
            let batch = http.encodeBatch([second, second])
            #expect(batch.failures.isEmpty)
            return try #require(try http.decode(batch.content).last).get()
        }
    }

    @Test("Event Grid")
    func eventGrid() throws {
        let grid = EventGridSerialization(carriesSource: true)
        try check(2_000) { event in
            var event = event
            // The schema requires a subject and puts the source in its place.
            event.subject = event.subject ?? event.source
            var output: [UInt8] = []
            #expect(grid.encodeBatch([event], into: &output).isEmpty)
            var result = try #require(try grid.decodeBatch(output[...]).first).get()
            if event.subject == event.source { result.subject = nil }
            return result
        }
    }

    @Test("Protobuf")
    func protobuf() throws {
        let format = ProtobufEventFormat()
        try check(2_000) { event in
            var result = try format.decode(format.encode(event)[...])
            result.extensions.sort { $0.name < $1.name }
            return result
        }
    }
}
