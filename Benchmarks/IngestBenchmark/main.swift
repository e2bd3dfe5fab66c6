import Azure
import HeaderSerialization
import Ingest
import Notifications
import Routing

// Nanoseconds from a PUBLISH to a notification, and on to an encoded AMQP message; one thread.
// Run on an idle machine:
//   swift run -c release IngestBenchmark

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000

@inline(never)
func measure(_ name: String, _ body: () throws -> Void) rethrows {
    for _ in 0..<rounds / 20 { try body() }
    var best = Double.infinity
    for _ in 0..<5 {
        let start = ContinuousClock.now
        for _ in 0..<rounds { try body() }
        let elapsed = start.duration(to: .now).components
        best = min(best, (Double(elapsed.seconds) * 1e9 + Double(elapsed.attoseconds) * 1e-9) / Double(rounds))
    }
    print("\(name): \(Int(best + 0.5)) ns")
}

var preview = EventPreview(
    subscriptions: [
        IngestSubscription(
            topic: try TopicTemplate(parsing: "devices/{subject}/messages/events/{properties...}"), kind: .event(.telemetry)),
        IngestSubscription(topic: try TopicTemplate(parsing: "events/#"), kind: .cloudEvent),
        IngestSubscription(topic: try TopicTemplate(parsing: "twins/{subject}/update"), kind: .event(.twinUpdate)),
    ],
    settings: IngestSettings(source: "factory-7.example.net"))

let filling = String(repeating: "x", count: 180)
let reading = Array(#"{"temp":21.5,"p":"\#(filling)"}"#.utf8)[...]
let patch = Array(#"[{"op":"replace","path":"/speed","value":"\#(filling)"}]"#.utf8)[...]
let event = Array(
    #"{"specversion":"1.0","id":"4711","source":"plc-3","type":"reading","subject":"pump-7","time":"2031-05-09T07:08:09Z","data":{"p":"\#(filling)"}}"#
        .utf8)[...]
let messages: [(name: String, publish: MQTTPublish)] = [
    ("telemetry", MQTTPublish(topic: "devices/pump-7/messages/events", payload: reading)),
    (
        "telemetry with a property bag",
        MQTTPublish(topic: "devices/pump-7/messages/events/$.ct=application%2Fjson&line=7&alarm=true", payload: reading)
    ),
    ("CloudEvent, structured", MQTTPublish(topic: "events/pump-7", payload: event)),
    ("twin update, body alone", MQTTPublish(topic: "twins/pump-7/update", payload: patch)),
]

let writer = AMQPMessageWriter()
var bytes: [UInt8] = []
bytes.reserveCapacity(4096)
for (name, publish) in messages {
    try measure("\(name), to a notification") { _ = try preview.event(from: publish) }
    try measure("\(name), to an AMQP message") {
        bytes.removeAll(keepingCapacity: true)
        try writer.append(try preview.event(from: publish), to: &bytes)
    }
}
