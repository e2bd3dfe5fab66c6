import AMQP
import Azure
import BenchmarkSupport
import Delivery
import Foundation
import Journal
import Notifications

/// As many events as go through in some seconds, from the journal on, while the connection's token
/// is renewed once a second: how old they are on arrival near a renewal, and at all other times.
func measureRenewal(seconds: Int, rate: Int) async throws {
    let sink = TimedSink()
    let listener = try await Listener.bind(
        ListenerConfiguration(containerID: "sink"), delegate: sink, on: sinkGroup, logger: logger)
    let folder = NSTemporaryDirectory() + "delivery-benchmark-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let journal = try Journal(folder: folder, durability: .processCrash, logger: logger)
    defer { journal.close() }
    let slots = try journal.register(endpoints: ["hub"])
    let connector = AMQPEndpointConnector(
        connection: ConnectionConfiguration(host: "127.0.0.1", port: listener.port, containerID: "bench"), address: "bench",
        signIn: TokenSignIn(
            source: SharedAccessKeyTokens(name: "send", key: Secret("a2V5"), life: .seconds(2)), audience: "sb://127.0.0.1/bench"),
        writer: AMQPMessageWriter(), batches: BatchLimits(), group: group, logger: logger)
    let outbox = Outbox(
        endpoint: "hub", reader: try journal.reader(for: "hub"), connectors: KeyedConnectors(primary: connector), logger: logger)
    let running = Task { try await outbox.run() }
    let start = ContinuousClock.now
    let end = start + .seconds(seconds)
    var number = 0
    while ContinuousClock.now < end {
        let body = ArraySlice([UInt8](repeating: 0x61, count: max(0, size - TimedSink.digits)) + TimedSink.stamp)
        let events = (number..<number + 500).map { number in
            PendingEvent(notification: event(number, subjects: 1000, body: body), endpoints: EndpointSet(slots.values))
        }
        number += events.count
        _ = try await journal.append(JournalBatch(events: events))
        await sink.window.add(events.count, below: 10_000)
        try await Task.sleep(until: start + .nanoseconds(number * 1_000_000_000 / rate))
    }
    await sink.window.add(0, below: 1)
    running.cancel()
    try await running.value
    await listener.close()
    let figures = sink.figures()
    let quarters = figures.quarters.map { "\(p99($0))" }.joined(separator: ", ")
    print(
        """
        \(figures.renewals) renewals of a token, \(figures.events / seconds) events/s: p99 of the age on arrival in the four \
        quarters of a second after one: \(quarters) ms
        """)
}

/// In milliseconds.
private func p99(_ ages: [Duration]) -> Double {
    let sorted = ages.sorted()
    guard !sorted.isEmpty else { return 0 }
    return (sorted[sorted.count * 99 / 100] / .milliseconds(1) * 10).rounded() / 10
}
