import AMQPCodec
import AllocationCounter
import HeaderSerialization
import Notifications

// Nanoseconds and allocations of one mapping. Run on an idle machine:
//   swift run -c release --scratch-path ../../.build-release mapping

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000

@inline(never)
func measure(_ name: String, bar nanoseconds: Double?, _ body: () throws -> Void) rethrows {
    for _ in 0..<rounds / 20 { try body() }
    var best = Double.infinity
    var allocations = 0.0
    for _ in 0..<5 {
        let before = allocation_count()
        let start = ContinuousClock.now
        for _ in 0..<rounds { try body() }
        let elapsed = start.duration(to: .now)
        allocations = Double(allocation_count() - before) / Double(rounds)
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        best = min(best, seconds / Double(rounds) * 1e9)
    }
    let bar = nanoseconds.map { "  (bar \(Int($0)) ns)" } ?? ""
    print("\(name): \(Int(best + 0.5)) ns, \(Double(Int(allocations * 100 + 0.5)) / 100) allocations\(bar)")
}

let telemetry = Notification(
    id: "c1b53246-19f2-40c6-bc9e-4666fa590d1a",
    source: "factory-7.example.net",
    type: EventType.telemetryName,
    subject: "pump-17",
    time: "2030-01-31T12:00:00.123Z",
    dataContentType: "application/json",
    sequence: SequenceNumber(rawValue: 4711),
    body: [UInt8](repeating: 0x20, count: 200)[...])

let serialization = AMQPSerialization()
var buffer: [UInt8] = []
buffer.reserveCapacity(4096)
measure("AMQP encode, 8 attributes and 200 bytes, into a buffer in use", bar: 1500) {
    buffer.removeAll(keepingCapacity: true)
    serialization.encode(telemetry, partitionKey: "pump-17", into: &buffer)
}
measure("AMQP encode, into a fresh array", bar: 1500) {
    var fresh: [UInt8] = []
    serialization.encode(telemetry, partitionKey: "pump-17", into: &fresh)
}
try measure("AMQP parse and decode", bar: nil) {
    _ = try serialization.decode(AMQPMessage(parsing: buffer))
}
let topic = "devices/pump-17/messages/events/$.mid=4711&$.ct=application%2Fjson%3Bcharset%3Dutf-8&$.ce=utf-8&line=7&alarm=true"
try measure("device topic, 5 entries in the bag", bar: 500) {
    _ = try DeviceTopic(parsing: topic)
}
try measure("device topic without a bag", bar: 500) {
    _ = try DeviceTopic(parsing: "devices/pump-17/messages/events/")
}
let mqtt = MQTT5Serialization()
let publish = try mqtt.encode(telemetry, topic: "t", nowMilliseconds: 0)
try measure("MQTT 5 decode, binary mode", bar: nil) {
    _ = try mqtt.decode(publish, nowMilliseconds: 0)
}
var json = telemetry
json.body = Array(#"{"temp":21.5,"humidity":40,"text":"\#(String(repeating: "x", count: 160))"}"#.utf8)[...]
measure("JSON check of a 200-byte body", bar: nil) {
    try? BodyRules.check(json.body, contentType: json.dataContentType)
}
var structured: [UInt8] = []
try measure("JSON event encode", bar: nil) {
    structured.removeAll(keepingCapacity: true)
    try JSONEventFormat().encode(json, into: &structured)
}
try measure("JSON event decode", bar: nil) {
    _ = try JSONEventFormat().decode(structured[...])
}
