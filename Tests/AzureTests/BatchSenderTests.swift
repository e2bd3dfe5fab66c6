import AMQP
import AMQPCodec
import Azure
import Logging
import NIOPosix
import Notifications
import Synchronization
import Testing

/// A hub with two partitions on loopback: remembers what came on which link.
private final class Hub: ListenerDelegate {
    struct Transfer: Sendable {
        var address: String
        var format: UInt32
        var bytes: [UInt8]
    }

    private struct State {
        var transfers: [Transfer] = []
        var links: [String: [ListenerLink]] = [:]
        var waiters: [(isDone: @Sendable ([Transfer]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
        var replies: ListenerLink?
    }

    private let state = Mutex(State())
    private let knowsPartitions: Bool

    init(knowsPartitions: Bool) {
        self.knowsPartitions = knowsPartitions
    }

    var transfers: [Transfer] { state.withLock { $0.transfers } }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        if request.address == "$management", !knowsPartitions { return .refuse(ErrorCondition("amqp:not-found")) }
        return .accept(LinkSettings(maxMessageSize: 4_000))
    }

    func attached(_ link: ListenerLink) {
        state.withLock { state in
            if link.role == .sending { state.replies = link } else { state.links[link.address, default: []].append(link) }
        }
    }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        if link.address == "$management" {
            answer()
            return .settle(.accepted)
        }
        let done = state.withLock { state in
            state.transfers.append(
                Transfer(address: link.address, format: delivery.messageFormat, bytes: delivery.bytes))
            let done = state.waiters.filter { $0.isDone(state.transfers) }
            let transfers = state.transfers
            state.waiters.removeAll { $0.isDone(transfers) }
            return done
        }
        for waiter in done { waiter.continuation.resume() }
        return .settle(.accepted)
    }

    private func answer() {
        let reply = AMQPMessage(
            applicationProperties: ["status-code": .int(200)],
            body: .value(.map(["partition_ids": AMQPArray(of: .string, [.string("0"), .string("1")]).map { .array($0) } ?? .null])))
        var bytes: [UInt8] = []
        reply.encode(into: &bytes)
        state.withLock { $0.replies }?.send([OutgoingDelivery(id: 0, bytes: bytes[...])])
    }

    func wait(until isDone: @escaping @Sendable ([Transfer]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isDoneNow = state.withLock { state in
                if isDone(state.transfers) { return true }
                state.waiters.append((isDone, continuation))
                return false
            }
            if isDoneNow { continuation.resume() }
        }
    }

    /// As the service does to a quiet link.
    func detach(_ address: String) {
        state.withLock { $0.links[address] }?.last?.detach(ErrorCondition("amqp:link:detach-forced"))
    }
}

@Suite("Batches over a connection", .timeLimit(.minutes(2)))
struct BatchSenderTests {
    private static let group = MultiThreadedEventLoopGroup.singleton
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func event(_ id: UInt64, _ subject: String?, body: Int = 10) -> OutboundEvent {
        OutboundEvent(
            id: id,
            notification: Notification(
                id: "\(id)", source: "s", type: "t", subject: subject, body: ArraySlice(repeating: 0x61, count: body)))
    }

    private func session(
        _ hub: Hub, _ writer: AMQPMessageWriter = AMQPMessageWriter(), limits: BatchLimits? = BatchLimits(),
        onReports: @escaping @Sendable ([DeliveryReport]) -> Void = { _ in }
    ) async throws -> (any EndpointSession, Listener) {
        let listener = try await Listener.bind(
            ListenerConfiguration(containerID: "hub"), delegate: hub, on: Self.group, logger: Self.logger)
        let connector = AMQPEndpointConnector(
            connection: ConnectionConfiguration(host: "127.0.0.1", port: listener.port, containerID: "test"),
            address: "hub", writer: writer, batches: limits, group: Self.group, logger: Self.logger)
        let session = try await connector.connect(
            onProgress: { _ in },
            onReports: {
                onReports($0)
                return []
            })
        return (session, listener)
    }

    private func ids(_ transfer: Hub.Transfer) throws -> [String] {
        guard transfer.format != 0 else { return [try id(transfer.bytes[...])] }
        guard case .data(let sections) = try AMQPMessage(parsing: transfer.bytes).body else { return [] }
        return try sections.map(id)
    }

    private func id(_ bytes: ArraySlice<UInt8>) throws -> String {
        try AMQPMessage(parsing: bytes).properties.messageID?.text ?? ""
    }

    @Test("go to the partition of their keys in one envelope without a key; each event has its own")
    func partitions() async throws {
        let hub = Hub(knowsPartitions: true)
        let (session, listener) = try await session(hub)
        let subjects = ["a", "b", "c", "d", "e", "f"]
        session.send(subjects.enumerated().map { event(UInt64($0.offset), $0.element) } + [event(9, nil)])
        await hub.wait { $0.count == 3 }
        for partition in 0..<2 {
            let transfer = try #require(hub.transfers.first { $0.address == "hub/Partitions/\(partition)" })
            #expect(transfer.format == 0x8001_3700)
            let envelope = try AMQPMessage(parsing: transfer.bytes)
            #expect(envelope.messageAnnotations.isEmpty)
            let mine = subjects.indices.filter { PartitionKeyHash.partition(of: subjects[$0], count: 2) == partition }
            #expect(try ids(transfer) == mine.map(String.init))
            guard case .data(let sections) = envelope.body else { continue }
            let keys = try sections.map { try AMQPMessage(parsing: $0).messageAnnotations["x-opt-partition-key"]?.text }
            #expect(keys == mine.map { subjects[$0] })
        }
        let keyless = try #require(hub.transfers.first { $0.address == "hub" })
        #expect(keyless.format == 0 && keyless.bytes.count > 0)
        await session.close()
        await listener.close()
    }

    @Test("hold one key where the partitions are not known, and say it in the envelope")
    func keys() async throws {
        let hub = Hub(knowsPartitions: false)
        let (session, listener) = try await session(hub)
        // Two events of one delivery, as a subject's are.
        session.send([event(1, "a"), event(1, "a"), event(2, "b")])
        await hub.wait { $0.count == 2 }
        let batch = try #require(hub.transfers.first { $0.format == 0x8001_3700 })
        #expect(batch.address == "hub")
        #expect(try AMQPMessage(parsing: batch.bytes).messageAnnotations["x-opt-partition-key"] == .string("a"))
        #expect(try ids(batch) == ["1", "1"])
        let single = try #require(hub.transfers.first { $0.format == 0 })
        #expect(try AMQPMessage(parsing: single.bytes).messageAnnotations["x-opt-partition-key"] == .string("b"))
        await session.close()
        await listener.close()
    }

    @Test("partition:N goes there, and without batches every event is a message")
    func fixedPartition() async throws {
        let hub = Hub(knowsPartitions: true)
        let (session, listener) = try await session(hub, AMQPMessageWriter(partitionBy: .partition(1)), limits: nil)
        session.send([event(1, "a"), event(2, "b")])
        await hub.wait { $0.count == 2 }
        #expect(hub.transfers.allSatisfy { $0.address == "hub/Partitions/1" && $0.format == 0 })
        #expect(try hub.transfers.allSatisfy { try AMQPMessage(parsing: $0.bytes).messageAnnotations.isEmpty })
        await session.close()
        await listener.close()
    }

    @Test("an event that the link does not take is reported as too large, and its neighbours go")
    func tooLarge() async throws {
        let hub = Hub(knowsPartitions: true)
        let (reports, input) = AsyncStream.makeStream(of: DeliveryReport.self)
        let (session, listener) = try await session(hub) { for report in $0 { input.yield(report) } }
        session.send([event(1, "a"), event(2, "b", body: 5_000), event(3, "c")])
        var outcomes: [UInt64: DeliveryReport.Outcome] = [:]
        for await report in reports {
            outcomes[report.id] = report.outcome
            if outcomes.count == 3 { break }
        }
        #expect(outcomes[1] == .accepted && outcomes[3] == .accepted)
        guard case .failed(let failure)? = outcomes[2] else { return #expect(Bool(false), "accepted") }
        #expect(failure.kind == .tooLarge && failure.condition == "amqp:link:message-size-exceeded")
        await session.close()
        await listener.close()
    }

    @Test("a quiet link that the service detaches is attached again when it is needed; the session lives")
    func quietLink() async throws {
        let hub = Hub(knowsPartitions: true)
        let (reports, input) = AsyncStream.makeStream(of: DeliveryReport.self)
        let (session, listener) = try await session(hub) { for report in $0 { input.yield(report) } }
        var answers = reports.makeAsyncIterator()
        session.send([event(1, "a")])
        let first = await answers.next()
        #expect(first == DeliveryReport(id: 1, outcome: .accepted))
        let address = try #require(hub.transfers.first).address
        hub.detach(address)
        // The detach is here before the outcome of what is sent over another link.
        session.send([event(2, nil)])
        let second = await answers.next()
        #expect(second == DeliveryReport(id: 2, outcome: .accepted))
        session.send([event(3, "a")])
        await hub.wait { $0.filter { $0.address == address }.count == 2 }
        await session.close()
        await listener.close()
    }
}
