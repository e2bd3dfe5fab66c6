import Foundation
import Journal
import Logging
import Notifications
import Routing
import TestSupport
import Testing

@testable import Ingest
@testable import MQTT

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Ingest pipeline", .fewAtATime, .timeLimit(.minutes(5)))
struct IngestPipelineTests {
    /// A pipeline into a journal of its own, with two endpoints.
    private final class Rig {
        let folder = NSTemporaryDirectory() + "pipeline-\(UUID().uuidString)"
        let journal: Journal
        let slots: [EndpointID: EndpointSlot]
        let router: Router
        let pipeline: IngestPipeline

        init(_ routes: [(endpoint: EndpointID, filter: String?)]) throws {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            journal = try Journal(folder: folder, durability: .processCrash, logger: logger)
            slots = try journal.register(endpoints: ["hub", "bus"])
            router = Router(try Self.table(routes, slots))
            pipeline = IngestPipeline(
                subscriptions: [
                    IngestSubscription(topic: try TopicTemplate(parsing: "devices/{subject}/telemetry"), kind: .event(.telemetry))
                ],
                settings: IngestSettings(source: "test"), journal: journal, router: router, logger: logger)
        }

        deinit {
            journal.close()
            try? FileManager.default.removeItem(atPath: folder)
        }

        static func table(
            _ routes: [(endpoint: EndpointID, filter: String?)], _ slots: [EndpointID: EndpointSlot]
        ) throws -> RouteTable {
            try RouteTable(
                endpoints: slots.map { RouteTable.Endpoint(id: $0, place: Int($1.rawValue)) },
                routes: routes.enumerated().map { RouteDefinition(id: "r\($0)", endpoint: $1.endpoint, filter: $1.filter) })
        }

        /// Hands over a batch; its outcome once there is one.
        func receive(_ topics: [String], bodies: [String]) throws -> BatchDecision.Outcome? {
            var arena: [UInt8] = []
            var messages: [Message] = []
            for (topic, body) in zip(topics, bodies) {
                let start = arena.count
                arena += Array(body.utf8)
                messages.append(
                    Message(topic: topic, payload: start..<arena.count, qos: 1, retained: false, packetID: 1))
            }
            let wakeUp = try WakeUp()
            let decision = BatchDecision(wakeUp: wakeUp)
            pipeline.receive(
                MessageBatch(messages: messages, arena: arena), acknowledgement: BatchAcknowledgement(decision))
            var descriptor = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, 20_000)
            return decision.outcome
        }

        func receive(_ numbers: Range<Int>) throws -> BatchDecision.Outcome? {
            try receive(numbers.map { _ in "devices/d/telemetry" }, bodies: numbers.map { #"{"n": \#($0)}"# })
        }

        func stored(_ count: Int, for endpoint: EndpointID) async throws -> [JournalEvent] {
            let reader = try journal.reader(for: endpoint)
            var events: [JournalEvent] = []
            while events.count < count {
                events += try await reader.next(maximumEvents: 1000, maximumBytes: 1 << 20)
                // A test that is out of time ends.
                try Task.checkCancellation()
            }
            return events
        }
    }

    @Test("what no route wants is counted, not stored and not numbered; the batch is acknowledged")
    func filtered() async throws {
        let rig = try Rig([("hub", "$body.n % 2 = 1")])
        #expect(try rig.receive(0..<10) == .acknowledged)
        let events = try await rig.stored(5, for: "hub")
        #expect(events.map(\.notification.sequence?.rawValue) == [1, 2, 3, 4, 5])
        #expect(events.map { String(decoding: $0.notification.body, as: UTF8.self) } == [1, 3, 5, 7, 9].map { #"{"n": \#($0)}"# })
        let statistics = rig.pipeline.statistics
        #expect(statistics.received == 10)
        #expect(statistics.journalled == 5)
        #expect(statistics.filtered == 5)
        #expect(try rig.journal.reader(for: "bus").waiting == 0)
    }

    @Test("a batch that no route wants any of is acknowledged", arguments: [[], [("bus", "FALSE")]] as [[(EndpointID, String?)]])
    func allFiltered(routes: [(EndpointID, String?)]) throws {
        let rig = try Rig(routes)
        #expect(try rig.receive(0..<3) == .acknowledged)
        #expect(rig.pipeline.statistics.filtered == 3)
        #expect(rig.pipeline.statistics.journalled == 0)
        #expect(try rig.journal.reader(for: "bus").waiting == 0)
    }

    @Test("a table that is put in its place routes the next batch")
    func swap() async throws {
        let rig = try Rig([("hub", nil)])
        #expect(try rig.receive(0..<2) == .acknowledged)
        rig.router.replace(with: try Rig.table([("bus", nil), ("bus", "$body.n > 0")], rig.slots))
        #expect(try rig.receive(2..<5) == .acknowledged)
        #expect(try await rig.stored(2, for: "hub").count == 2)
        let moved = try await rig.stored(3, for: "bus")
        #expect(moved.map(\.notification.sequence?.rawValue) == [3, 4, 5])
        #expect(try rig.journal.reader(for: "hub").waiting == 2)
    }

    @Test("every message is counted once: received = journalled + filtered + refused + returned")
    func balance() throws {
        let rig = try Rig([("hub", "$body.n > 4")])
        let topics = ["devices/d/telemetry", "devices//telemetry", "other", "devices/d/telemetry"]
        let bodies = [#"{"n": 9}"#, #"{"n": 9}"#, #"{"n": 9}"#, #"{"n": 1}"#]
        #expect(try rig.receive(topics, bodies: bodies) == .acknowledged)
        rig.journal.close()
        #expect(try rig.receive(topics, bodies: bodies) == .refused)
        let statistics = rig.pipeline.statistics
        #expect(statistics.received == 8)
        #expect(statistics.journalled == 1)
        #expect(statistics.filtered == 2)
        #expect(statistics.refused == ["empty-subject": 2, "no-template-matches": 2])
        #expect(statistics.returned == 1)
    }
}
