import Notifications
import Testing

@testable import Azure

@Suite("Batch assembly")
struct BatchAssemblyTests {
    private static let refused = DeliveryReport.Outcome.failed(
        EndpointFailure(kind: .refused, condition: "amqp:not-allowed", detail: "d"))
    private static let busy = DeliveryReport.Outcome.failed(
        EndpointFailure(kind: .throttled, condition: "com.microsoft:server-busy", detail: "d"))

    private func assembly(
        events: Int = 4, bytes: Int? = nil, linger: Duration = .zero, largestMessage: Int = 10_000
    ) -> BatchAssembly {
        BatchAssembly(
            limits: BatchLimits(events: events, bytes: bytes, linger: linger), largestMessage: largestMessage,
            envelope: BatchEnvelope(entity: .eventHub))
    }

    /// A data section that holds so many bytes.
    private func section(_ count: Int, _ byte: UInt8 = 0x61) -> ArraySlice<UInt8> {
        let head: [UInt8] =
            count < 256 ? [0, 0x53, 0x75, 0xA0, UInt8(count)] : [0, 0x53, 0x75, 0xB0, 0, 0, UInt8(count >> 8), UInt8(count & 255)]
        return (head + Array(repeating: byte, count: count))[...]
    }

    private func add(
        _ ids: [UInt64], to route: BatchRoute = .partition(0), _ assembly: inout BatchAssembly, now: Duration = .zero
    ) {
        for id in ids {
            let report = assembly.add(
                id, events: 1, sections: section(10, UInt8(id)), messageID: nil, to: route, now: now)
            #expect(report == nil)
        }
    }

    private func ids(_ batches: [Batch]) -> [[UInt64]] { batches.map { $0.parts.map(\.id) } }

    @Test("what comes at once shares batches, full ones go, and two that are not full a route")
    func fills() {
        var assembly = assembly()
        add(Array(1...9), &assembly)
        add([20, 21], to: .partition(1), &assembly)
        #expect(ids(assembly.takeReady(now: .zero)) == [[1, 2, 3, 4], [5, 6, 7, 8], [20, 21]])
        var reports: [DeliveryReport] = []
        #expect(assembly.settle(1, .accepted, into: &reports) == .partition(0))
        #expect(reports == [1, 2, 3, 4].map { DeliveryReport(id: $0, outcome: .accepted) })
        add([10], &assembly)
        #expect(ids(assembly.takeReady(now: .zero)) == [[9, 10]], "one of partition 0 is under way")
        add([11], &assembly)
        #expect(assembly.takeReady(now: .zero).isEmpty, "two are")
        add([12, 13, 14, 15], &assembly)
        #expect(ids(assembly.takeReady(now: .zero)) == [[11, 12, 13, 14]], "but a full one goes")
        _ = assembly.settle(2, .accepted, into: &reports)
        _ = assembly.settle(4, .accepted, into: &reports)
        #expect(ids(assembly.takeReady(now: .zero)) == [[15]])
    }

    @Test("no batch is above its bytes, and the limit is exact")
    func bytes() {
        // Five bytes of section, ten of message.
        for (limit, expected) in [(45, [[1, 2, 3], [4]]), (44, [[1, 2], [3, 4]])] as [(Int, [[UInt64]])] {
            var assembly = assembly(events: 100, bytes: limit)
            add([1, 2, 3, 4], &assembly)
            let batches = assembly.takeReady(now: .zero)
            #expect(ids(batches) == expected)
            #expect(batches.allSatisfy { $0.wireBytes.count <= limit })
        }
    }

    @Test("an event that the link does not take alone is told to be too large; one that fits exactly goes")
    func tooLarge() {
        var assembly = assembly(bytes: 50, largestMessage: 300)
        func add(_ id: UInt64, _ count: Int, _ route: BatchRoute) -> FailureKind? {
            let report = assembly.add(id, events: 1, sections: section(count), messageID: nil, to: route, now: .zero)
            guard case .failed(let failure)? = report?.outcome else { return nil }
            return failure.kind
        }
        #expect(add(1, 292, .partition(0)) == nil, "with eight bytes of section")
        #expect(add(2, 293, .partition(0)) == .tooLarge)
        #expect(add(3, 300, .entity) == nil, "as a plain message, without the section")
        #expect(add(4, 301, .entity) == .tooLarge)
        #expect(ids(assembly.takeReady(now: .zero)) == [[1], [3]])
    }

    @Test("a refused batch is halved until the guilty delivery is refused alone; the others are accepted")
    func search() {
        var assembly = assembly(events: 8)
        add(Array(1...8), &assembly)
        var underWay = assembly.takeReady(now: .zero)
        var reports: [DeliveryReport] = []
        var sent = 0
        while let batch = underWay.popLast() {
            sent += 1
            let isRefused = batch.parts.contains { $0.id == 3 || $0.id == 7 }
            _ = assembly.settle(batch.number, isRefused ? Self.refused : .accepted, into: &reports)
            underWay += assembly.takeReady(now: .zero)
        }
        #expect(reports.filter { $0.outcome != .accepted }.map(\.id).sorted() == [3, 7])
        #expect(reports.map(\.id).sorted() == Array(1...8))
        #expect(sent == 11)
        #expect(assembly.underWay == 0)
    }

    @Test("the halves hold the very messages, in order, each with the envelope's head")
    func halves() throws {
        var assembly = assembly()
        add([1, 2, 3], to: .key("kiln"), &assembly)
        let whole = try #require(assembly.takeReady(now: .zero).first)
        var reports: [DeliveryReport] = []
        _ = assembly.settle(whole.number, Self.refused, into: &reports)
        let halves = assembly.takeReady(now: .zero)
        #expect(ids(halves) == [[1], [2, 3]])
        let head = BatchEnvelope(entity: .eventHub).head(.key("kiln"), firstMessageID: nil)
        #expect(whole.wireBytes == (head + section(10, 1) + section(10, 2) + section(10, 3))[...])
        #expect(Array(halves[0].wireBytes) == Array(repeating: 1, count: 10), "alone, it is a plain message")
        #expect(Array(halves[1].wireBytes) == head + section(10, 2) + section(10, 3))
        #expect(reports.isEmpty)
    }

    @Test("a batch that is not taken this time comes back whole")
    func busy() {
        var assembly = assembly()
        add([1, 2], &assembly)
        let number = assembly.takeReady(now: .zero)[0].number
        var reports: [DeliveryReport] = []
        _ = assembly.settle(number, Self.busy, into: &reports)
        #expect(reports == [1, 2].map { DeliveryReport(id: $0, outcome: Self.busy) })
        #expect(assembly.settle(number, .accepted, into: &reports) == nil, "a second outcome says nothing")
        #expect(reports.count == 2)
    }

    @Test("with a linger, a batch that is not full waits so long, and a full one does not")
    func linger() {
        var assembly = assembly(linger: .milliseconds(10))
        add([1], &assembly, now: .seconds(1))
        #expect(assembly.takeReady(now: .seconds(1)).isEmpty)
        #expect(assembly.nextDeadline == .milliseconds(1010))
        add([2], &assembly, now: .milliseconds(1009))
        #expect(assembly.takeReady(now: .milliseconds(1009)).isEmpty)
        #expect(ids(assembly.takeReady(now: .milliseconds(1010))) == [[1, 2]])
        #expect(assembly.nextDeadline == nil)
        add([3, 4, 5, 6], &assembly, now: .seconds(2))
        #expect(ids(assembly.takeReady(now: .seconds(2))) == [[3, 4, 5, 6]])
    }

    @Test("keys lead to the partitions of the service's hash; without partitions they are apart")
    func routes() {
        func event(_ subject: String?) -> Notification { Notification(id: "1", source: "s", type: "t", subject: subject) }
        let ids = (0..<32).map(String.init)
        let known = BatchRouting(writer: AMQPMessageWriter(), partitions: ids)
        #expect(known.route(of: event("key1")) == .partition(27))
        #expect(known.route(of: event("0123456789ab")) == .partition(2))
        #expect(known.route(of: event(nil)) == .entity)
        #expect(BatchRouting(writer: AMQPMessageWriter()).route(of: event("key1")) == .key("key1"))
        #expect(BatchRouting(writer: AMQPMessageWriter(partitionBy: .none), partitions: ids).route(of: event("key1")) == .entity)
    }
}
