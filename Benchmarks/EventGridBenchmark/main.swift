import Azure
import Foundation
import HTTPServing
import Logging
import NIOPosix
import Notifications
import Synchronization

// Events a second over HTTPS to a topic on loopback, and processor time of the publishing side alone.
//   EventGridBenchmark topic CERTIFICATE KEY             a topic that takes everything; prints its port
//   EventGridBenchmark publish PORT CERTIFICATE [COUNT] [BYTES] [SUBJECTS]

struct Topic: HTTPResponder {
    func refusal(of head: HTTPRequest) -> HTTPResponse? { nil }
    func respond(to request: HTTPRequest) async -> HTTPResponse { HTTPResponse(status: 200) }
    func respond(to rejection: HTTPRejection) -> HTTPResponse { HTTPResponse(status: 503) }
}

/// Gives out events, as many as come back, as the delivery's window does.
final class Source: Sendable {
    private let count: Int
    private let events: [Notifications.Notification]
    private let state: Mutex<(next: Int, accepted: Int)>
    private let over: AsyncStream<String>.Continuation

    init(count: Int, events: [Notifications.Notification], over: AsyncStream<String>.Continuation) {
        self.count = count
        self.events = events
        self.over = over
        state = Mutex((0, 0))
    }

    func take(_ wanted: Int) -> [OutboundEvent] {
        let range = state.withLock { state in
            let range = state.next..<min(count, state.next + wanted)
            state.next = range.upperBound
            return range
        }
        return range.map { OutboundEvent(id: UInt64($0), notification: events[$0 % events.count]) }
    }

    func handle(_ reports: [DeliveryReport]) -> [OutboundEvent] {
        if let report = reports.first(where: { $0.outcome != .accepted }) { over.yield("refused: \(report)") }
        let accepted = state.withLock { state in
            state.accepted += reports.count
            return state.accepted
        }
        if accepted == count { over.yield("") }
        return take(reports.count)
    }
}

func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func publish(port: Int, certificate: String, count: Int, bytes: Int, subjects: Int) async throws {
    let events = (0..<subjects).map { number in
        let pad = String(repeating: "x", count: max(0, bytes - 30))
        return Notifications.Notification(
            id: "0190-\(number)", source: "benchmark.example.net", type: "microsoft.iot.telemetry", subject: "device-\(number)",
            time: "2026-01-02T03:04:05.678Z", dataContentType: "application/json",
            body: Array(#"{"temp":21.5,"pad":"\#(pad)"}"#.utf8)[...])
    }
    let (ends, over) = AsyncStream.makeStream(of: String.self)
    let source = Source(count: count, events: events, over: over)
    let topic = try EventGridTopic(parsing: "localhost:\(port)")
    let connector = EventGridConnector(
        topic: topic, credential: EventGridCredential(.key, key: Secret("a2V5"), topic: topic), writer: EventGridEventWriter(),
        authority: certificate, group: MultiThreadedEventLoopGroup.singleton)
    let session = try await connector.connect(onProgress: { _ in }, onReports: source.handle)
    let (clock, processor) = (ContinuousClock.now, processorSeconds())
    session.send(source.take(8_192))
    for await end in ends {
        if !end.isEmpty { print(end) }
        break
    }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    let used = processorSeconds() - processor
    print(#"{"events":\#(count),"per_second":\#(Int(Double(count) / seconds)),"cpu_us":\#(used / Double(count) * 1e6)}"#)
    await session.close()
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "topic" where arguments.count == 3:
    let configuration = HTTPServerConfiguration(
        host: "127.0.0.1", port: 0, tls: HTTPServerTLS(certificate: arguments[1], key: arguments[2]), maximumBodyBytes: 2 << 20)
    let server = try await HTTPServer.start(
        configuration, responder: Topic(), on: MultiThreadedEventLoopGroup.singleton,
        logger: Logger(label: "topic") { _ in SwiftLogNoOpLogHandler() })
    print(#"{"listening":\#(server.port)}"#)
    fflush(nil)
    while readLine() != nil {}
case "publish" where arguments.count >= 3:
    let numbers = arguments.dropFirst(3).compactMap { Int($0) } + [200_000, 200, 100].dropFirst(arguments.count - 3)
    try await publish(port: Int(arguments[1]) ?? 0, certificate: arguments[2], count: numbers[0], bytes: numbers[1], subjects: numbers[2])
default:
    print("EventGridBenchmark topic CERTIFICATE KEY | publish PORT CERTIFICATE [COUNT] [BYTES] [SUBJECTS]")
    exit(64)
}
