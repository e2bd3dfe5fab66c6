import AMQPCodec
import HeaderSerialization
import Notifications
import TestSupport
import Testing

@Suite("Hostile headers")
struct FuzzTests {
    private static func text(using generator: inout SplitMix64) -> String {
        let pieces = [
            "cloudEvents:", "cloudEvents_", "ce-", "id", "time", "Source", "@", "%", "%4", "%00", "\"", "\\", "=", "&",
            "$.mid", "$.exp", "é", "\u{0}", "\u{85}", " ", "1.0", "2030-01-31T12:00:00Z", "iothub-app-", "iothub-expiry",
            "dt-subject", "sequence", "sequencetype", "Integer", "propertybag", "specversion", "content-type",
            "application/cloudevents+json", "application/cloudevents-batch+json", "application/cloudevents+protobuf",
        ]
        return (0..<Int.random(in: 0...3, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }

    @Test("Random names, values and bodies are read or refused with a reason, never a crash")
    func fuzz() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("Header fuzz seed \(seed)")
        var generator = SplitMix64(seed: seed)
        var refused = 0
        let count = 10_000
        for _ in 0..<count {
            let pairs = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                (Self.text(using: &generator), Self.text(using: &generator))
            }
            let body = Array(Self.text(using: &generator).utf8)[...]
            let required = Bool.random(using: &generator)
            let http = (required ? [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "s"), ("ce-type", "t")] : []) + pairs
            let content = HTTPContent(fields: http.map { HTTPContent.Field(name: $0.0, value: $0.1) }, body: body)
            let mqtt = (required ? [("specversion", "1.0"), ("id", "1"), ("source", "s"), ("type", "t")] : []) + pairs
            let publish = MQTTPublish(
                topic: Self.text(using: &generator), payload: body,
                contentType: Bool.random(using: &generator) ? Self.text(using: &generator) : nil,
                userProperties: mqtt.map { Property(name: $0.0, value: $0.1) }, responseTopic: Self.text(using: &generator))
            var message = AMQPMessage(body: .data([body]))
            message.applicationProperties = AMQPMap(pairs.map {
                AMQPMap.Entry(key: .string($0.0), value: .random(using: &generator, text: $0.1))
            })
            message.properties.contentType = publish.contentType
            do throws(SerializationError) {
                _ = try HTTPSerialization().decode(content)
            } catch {
                refused += 1
                #expect(!error.description.isEmpty && error.description.utf8.count < 1_000, "seed \(seed)")
            }
            _ = try? MQTT5Serialization().decode(publish, nowMilliseconds: .max)
            _ = try? MQTT5Serialization().properties(of: publish, nowMilliseconds: .min)
            _ = try? AMQPSerialization().decode(message)
            _ = try? DeviceTopic(parsing: "devices/" + publish.topic + "/messages/events/" + publish.topic)
        }
        #expect(refused > 0 && refused < count)
    }
}

extension AMQPValue {
    fileprivate static func random(using generator: inout SplitMix64, text: String) -> AMQPValue {
        let values: [AMQPValue] = [
            .string(text), .symbol(text), .null, .boolean(true), .long(.min), .ulong(.max), .timestamp(.max), .timestamp(.min),
            .double(.nan), .binary(Array(text.utf8)), .list([]), .char("x"), .decimal32(1), .uuid(AMQPUUID(high: 1, low: 2)),
        ]
        return values.randomElement(using: &generator) ?? .null
    }
}
