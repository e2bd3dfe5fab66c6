import AMQP
import Azure
import Delivery
import Foundation
import Journal
import Logging
import NIOCore
import NIOPosix
import Notifications
import Synchronization

// Events a second from a journal through an outbox to an AMQP listener on loopback, by the number
// of subjects: one delivery of a subject is under way at a time. Arguments: events (200,000),
// bytes of body (200), numbers of subjects (1 10 100 1000 and as many as events).

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let count = arguments.first ?? 200_000
let size = arguments.dropFirst().first ?? 200
let cases = arguments.count > 2 ? Array(arguments[2...]) : [1, 10, 100, 1000, count]

final class Sink: ListenerDelegate {
    private let state = Mutex<(received: Int, goal: Int, waiter: CheckedContinuation<Void, Never>?)>((0, .max, nil))

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        .accept(LinkSettings(credit: 5_000))
    }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.received += 1
            guard state.received >= state.goal else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        return .settle(.accepted)
    }

    func wait(until goal: Int) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.received >= goal { return true }
                (state.goal, state.waiter) = (goal, continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}

let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)

func measure(subjects: Int, events: Int) async throws {
    let sink = Sink()
    let listener = try await Listener.bind(ListenerConfiguration(containerID: "sink"), delegate: sink, on: group, logger: logger)
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
                        notification: Notification(
                            id: "event-\(number)", source: "bench.example.net", type: "microsoft.iot.telemetry",
                            subject: "device-\(number % subjects)", time: "2026-01-01T00:00:00Z",
                            dataContentType: "application/json", body: body),
                        endpoints: EndpointSet(slots.values))
                }))
    }
    let connector = AMQPEndpointConnector(
        connection: ConnectionConfiguration(host: "127.0.0.1", port: listener.port, containerID: "bench"),
        address: "bench", writer: AMQPMessageWriter(), group: group, logger: logger)
    let outbox = Outbox(
        endpoint: "hub", reader: try journal.reader(for: "hub"), connectors: KeyedConnectors(primary: connector), logger: logger)
    let clock = ContinuousClock()
    let running = Task { try await outbox.run() }
    let elapsed = await clock.measure { await sink.wait(until: events) }
    running.cancel()
    try await running.value
    await listener.close()
    let rate = Double(events) / (elapsed / .seconds(1))
    print("\(subjects) subjects, \(events) events of \(size) bytes: \(Int(rate)) events/s")
}

for subjects in cases { try await measure(subjects: subjects, events: subjects < 100 ? count / 4 : count) }
try await group.shutdownGracefully()
