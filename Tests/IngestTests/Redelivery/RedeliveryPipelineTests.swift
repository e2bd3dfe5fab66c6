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

@Suite("Redelivery through the pipeline", .fewAtATime, .timeLimit(.minutes(5)))
struct RedeliveryPipelineTests {
    /// A pipeline into a journal that outlives it, as across a kill.
    private final class Rig {
        let folder = NSTemporaryDirectory() + "redelivery-\(UUID().uuidString)"
        private(set) var journal: Journal
        private(set) var pipeline: IngestPipeline

        init() throws {
            (journal, pipeline) = try Self.open(folder)
        }

        deinit {
            journal.close()
            try? FileManager.default.removeItem(atPath: folder)
        }

        private static func open(_ folder: String) throws -> (Journal, IngestPipeline) {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let journal = try Journal(folder: folder, durability: .processCrash, logger: logger)
            let slots = try journal.register(endpoints: ["hub"])
            let table = try RouteTable(
                endpoints: slots.map { RouteTable.Endpoint(id: $0, place: Int($1.rawValue)) },
                routes: [RouteDefinition(id: "r", endpoint: "hub", filter: "$body.n % 2 = 0")])
            let pipeline = IngestPipeline(
                subscriptions: [
                    IngestSubscription(topic: try TopicTemplate(parsing: "devices/{subject}"), kind: .event(.telemetry))
                ],
                settings: IngestSettings(source: "test"), journal: journal, router: Router(table), session: "me@here:1",
                logger: logger)
            return (journal, pipeline)
        }

        func restart() throws {
            journal.close()
            (journal, pipeline) = try Self.open(folder)
        }

        func connect(sessionPresent: Bool) {
            pipeline.connectionChanged(to: .connected(sessionPresent: sessionPresent))
        }

        /// Message `id` has the payload `{"n": id}`; odd ones are wanted by no route, every fifth
        /// is refused.
        func receive(_ ids: ClosedRange<UInt16>, redelivered: Bool = false) throws -> BatchDecision.Outcome? {
            var arena: [UInt8] = []
            var messages: [Message] = []
            for id in ids {
                let start = arena.count
                arena += Array(#"{"n": \#(id)}"#.utf8)
                messages.append(
                    Message(
                        topic: id % 5 == 0 ? "elsewhere" : "devices/d", payload: start..<arena.count, qos: 1,
                        retained: false, packetID: id, redelivered: redelivered))
            }
            let wakeUp = try WakeUp()
            let decision = BatchDecision(wakeUp: wakeUp)
            pipeline.receive(MessageBatch(messages: messages, arena: arena), acknowledgement: BatchAcknowledgement(decision))
            var descriptor = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, 20_000)
            return decision.outcome
        }

        func waiting() throws -> Int { try journal.reader(for: "hub").waiting }
    }

    @Test("what is journalled, filtered or refused already is acknowledged without a second record, across a restart")
    func recognised() throws {
        let rig = try Rig()
        rig.connect(sessionPresent: false)
        #expect(try rig.receive(1...20) == .acknowledged)
        #expect(try rig.receive(21...21) == .acknowledged)
        try rig.restart()
        rig.connect(sessionPresent: true)
        #expect(try rig.receive(12...16, redelivered: true) == .acknowledged)
        #expect(try rig.receive(17...23, redelivered: true) == .acknowledged)
        let statistics = rig.pipeline.statistics
        #expect(statistics.received == 12)
        #expect(statistics.recognised == 10)
        #expect(statistics.journalled == 1)
        #expect(statistics.filtered == 1)
        #expect(statistics.underWay == 0)
        #expect(try rig.waiting() == 8 + 1)
    }

    @Test("a batch that is known again alone is acknowledged though nothing can be stored")
    func recognisedAlone() throws {
        let rig = try Rig()
        #expect(try rig.receive(1...20) == .acknowledged)
        rig.connect(sessionPresent: true)
        rig.journal.close()
        #expect(try rig.receive(12...20, redelivered: true) == .acknowledged)
        #expect(rig.pipeline.statistics.recognised == 9)
    }

    @Test("a batch that no route wants is acknowledged only when its marks are on disk")
    func unwantedMarks() throws {
        let rig = try Rig()
        #expect(try rig.receive(3...3) == .acknowledged)
        #expect(try rig.journal.marks(of: "me@here:1").map(\.packetID) == [3])
        rig.journal.close()
        #expect(try rig.receive(7...7) == .refused)
    }

    @Test("a lost session is forgotten before its first batch")
    func lostSession() throws {
        let rig = try Rig()
        #expect(try rig.receive(1...20) == .acknowledged)
        rig.connect(sessionPresent: false)
        #expect(try rig.journal.marks(of: "me@here:1").isEmpty)
        #expect(try rig.receive(12...20, redelivered: true) == .acknowledged)
        #expect(rig.pipeline.statistics.recognised == 0)
        #expect(try rig.waiting() == 8 + 4)
    }

    @Test("the hash is of topic, payload and properties, not of the expiry that a broker counts down")
    func hash() {
        func hash(_ topic: String, _ payload: String, _ properties: MessageProperties? = nil) -> UInt64 {
            let arena = Array(payload.utf8)
            let message = Message(
                topic: topic, payload: 0..<arena.count, qos: 1, retained: false, packetID: 1, properties: properties)
            return IntakeMark(message, in: MessageBatch(messages: [message], arena: arena)).hash
        }
        let hashes = [
            hash("a", "12345678"), hash("a", "12345679"), hash("b", "12345678"), hash("a1", "2345678"), hash("a", ""),
            hash("a", "12345678", MessageProperties(["n": "v"])), hash("a", "12345678", MessageProperties(["nv": ""])),
            hash("a", "123456781"), hash("a", "12345678\0"), hash("a", "\0"), hash("a", "\0\0"),
        ]
        #expect(Set(hashes).count == hashes.count)
        var expiring = MessageProperties(["n": "v"])
        expiring.messageExpiryInterval = 9
        #expect(hash("a", "12345678", expiring) == hash("a", "12345678", MessageProperties(["n": "v"])))
        // Journals hold it: it must never change.
        #expect(hash("devices/d", "temp=21.5") == 16_127_129_471_382_535_534)
    }
}
