import Azure
import Foundation
import Journal
import Logging
import Notifications
import Testing

@testable import Delivery

@Suite("Outbox", .timeLimit(.minutes(2)))
struct OutboxTests {
    /// Runs an outbox over a journal with `count` events of a few subjects until `until` returns.
    private func deliver(
        _ count: Int,
        to endpoint: ScriptedEndpoint,
        until: @Sendable (Outbox, Journal) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "outbox-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let journal = try Journal(folder: folder, durability: .processCrash, logger: logger)
        defer { journal.close() }
        let slots = try journal.register(endpoints: ["hub"])
        let events = (0..<count).map { number in
            PendingEvent(
                notification: Notification(id: "\(number)", source: "s", type: "t", subject: "d\(number % 7)", body: [1]),
                endpoints: EndpointSet(slots.values))
        }
        for start in stride(from: 0, to: count, by: 100) {
            _ = try await journal.append(JournalBatch(events: Array(events[start..<min(count, start + 100)])))
        }
        let outbox = Outbox(endpoint: "hub", reader: try journal.reader(for: "hub"), connector: endpoint, logger: logger)
        try await withThrowingTaskGroup { group in
            group.addTask { try await outbox.run() }
            try await until(outbox, journal)
            group.cancelAll()
        }
    }

    private func ids(_ range: Range<Int>) -> [String] { range.map(String.init) }

    @Test("delivers everything once, in order")
    func delivers() async throws {
        let endpoint = ScriptedEndpoint()
        try await deliver(1000, to: endpoint) { outbox, _ in
            await endpoint.waitUntilAccepted(1000)
            #expect(endpoint.arrivals == ids(0..<1000))
        }
    }

    @Test("goes on at the lowest unsettled event after the session was cut, again and again")
    func cut() async throws {
        let endpoint = ScriptedEndpoint { notification, tries in
            tries == 0 && notification.id.hasSuffix("50") ? .cut : .report(.accepted)
        }
        try await deliver(500, to: endpoint) { _, _ in
            await endpoint.waitUntilAccepted(500)
            #expect(endpoint.accepted == ids(0..<500))
            #expect(endpoint.sessions == 6)
        }
    }

    @Test("tries again when it cannot connect")
    func connectRefused() async throws {
        let endpoint = ScriptedEndpoint(refusedConnects: 3)
        try await deliver(10, to: endpoint) { _, _ in
            await endpoint.waitUntilAccepted(10)
            #expect(endpoint.accepted == ids(0..<10))
        }
    }

    @Test("sends a returned event again, and no event is lost")
    func returned() async throws {
        let endpoint = ScriptedEndpoint { notification, tries in
            tries < 3 && notification.id == "42" ? .report(.returned(reason: "released")) : .report(.accepted)
        }
        try await deliver(100, to: endpoint) { outbox, _ in
            await endpoint.waitUntilAccepted(100)
            #expect(Set(endpoint.accepted) == Set(ids(0..<100)))
            #expect(endpoint.accepted.count == 100)
            #expect(outbox.statistics.returned == 3)
        }
    }

    @Test("puts an event that is refused for good into the dead letters and goes on")
    func refused() async throws {
        let endpoint = ScriptedEndpoint { notification, _ in
            notification.id == "3"
                ? .report(.refused(condition: "amqp:not-allowed", description: "no")) : .report(.accepted)
        }
        try await deliver(10, to: endpoint) { outbox, _ in
            await endpoint.waitUntilAccepted(9)
            while outbox.statistics.deadLettered == 0 { await Task.yield() }
            #expect(endpoint.accepted == ids(0..<10).filter { $0 != "3" })
            #expect(outbox.waiting == 0)
        }
    }
}
