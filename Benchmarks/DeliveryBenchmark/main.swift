import AMQP
import Azure
import Delivery
import Foundation
import Journal
import Logging
import NIOCore
import NIOPosix
import Notifications

// Events a second from a journal through an outbox, encoded fresh, over one connection to an AMQP
// listener on loopback, and the processor time of all but the listener's own thread: one message an
// event, batches by key, and batches to partitions, by the number of subjects. Arguments: events
// (200,000), bytes of body (200), numbers of subjects (10 1000 and as many as events), and the path of
// floor-sender, which sends the same events from nowhere. Last, what renewals of a token cost the events under way.

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let count = arguments.first ?? 200_000
let size = arguments.dropFirst().first ?? 200
let cases = arguments.count > 2 ? Array(arguments[2...]) : [10, 1000, count]

let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
let sinkGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// An endpoint with so much body is sent the way that `mode` says.
enum Mode: String, CaseIterable {
    case single = "one message an event"
    case keys = "batches by key"
    case partitions = "batches to 4 partitions"
    case noKeys = "batches without a key"
}

func connector(_ mode: Mode, port: Int) -> AMQPEndpointConnector {
    AMQPEndpointConnector(
        connection: ConnectionConfiguration(host: "127.0.0.1", port: port, containerID: "bench"), address: "bench",
        writer: AMQPMessageWriter(partitionBy: mode == .noKeys ? .none : .subject),
        batches: mode == .single ? nil : BatchLimits(), group: group, logger: logger)
}

func event(_ number: Int, subjects: Int, body: ArraySlice<UInt8>) -> Notifications.Notification {
    Notifications.Notification(
        id: "event-\(number)", source: "bench.example.net", type: "microsoft.iot.telemetry",
        subject: "device-\(number % subjects)", time: "2026-01-01T00:00:00Z", dataContentType: "application/json",
        dataSchema: "dtmi:example:kiln;1", traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", body: body)
}

func measure(_ mode: Mode, subjects: Int, events: Int) async throws {
    let sink = Sink(partitions: mode == .partitions ? 4 : 0)
    let listener = try await Listener.bind(
        ListenerConfiguration(containerID: "sink"), delegate: sink, on: sinkGroup, logger: logger)
    let folder = NSTemporaryDirectory() + "delivery-benchmark-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let journal = try Journal(folder: folder, durability: .processCrash, logger: logger)
    defer { journal.close() }
    let slots = try journal.register(endpoints: ["hub"])
    let body = ArraySlice([UInt8](repeating: 0x61, count: size))
    for start in stride(from: 0, to: events, by: 1000) {
        _ = try await journal.append(
            JournalBatch(
                events: (start..<min(events, start + 1000)).map { number in
                    PendingEvent(
                        notification: event(number, subjects: subjects, body: body), endpoints: EndpointSet(slots.values))
                }))
    }
    let outbox = Outbox(
        endpoint: "hub", reader: try journal.reader(for: "hub"),
        connectors: KeyedConnectors(primary: connector(mode, port: listener.port)), logger: logger)
    let before = try await (ProcessorTime.ofProcess, ProcessorTime.ofThread(of: sinkGroup))
    let running = Task { try await outbox.run() }
    let elapsed = await ContinuousClock().measure { await sink.wait(until: events) }
    let after = try await (ProcessorTime.ofProcess, ProcessorTime.ofThread(of: sinkGroup))
    running.cancel()
    try await running.value
    await listener.close()
    let rate = Int(Double(events) / (elapsed / .seconds(1)))
    let used = (after.0 - before.0) - (after.1 - before.1)
    let each = (used / Double(events) * 1e8).rounded() / 100
    let filled = events / max(1, sink.transfers)
    print("\(subjects) subjects, \(mode.rawValue): \(rate) events/s, \(each) µs CPU an event, \(filled) events a transfer")
}

print("\(count) events, \(size) bytes of body, 8 attributes")
if let floor = CommandLine.arguments.dropFirst().first(where: { Int($0) == nil }) {
    for batch in [1, 250] { try await measureFloor(floor, batch: batch) }
}
for subjects in cases {
    for mode in Mode.allCases { try await measure(mode, subjects: subjects, events: subjects < 100 ? count / 4 : count) }
}
for rate in [100_000, 1_000_000] { try await measureRenewal(seconds: 20, rate: rate) }
try await group.shutdownGracefully()
try await sinkGroup.shutdownGracefully()
