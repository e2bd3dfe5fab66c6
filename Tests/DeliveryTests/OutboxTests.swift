import Azure
import Journal
import Notifications
import TestSupport
import Testing

@testable import Delivery

@Suite("Outbox", .fewAtATime, .timeLimit(.minutes(5)))
struct OutboxTests {
    private func deliver(
        _ count: Int, subjects: Int = 7, to endpoint: ScriptedEndpoint,
        until: @Sendable (Outbox, Journal) async throws -> Void
    ) async throws {
        try await OutboxRig(count, subjects: subjects).run(endpoint.connectors()) { outbox, journal in
            try await until(outbox, journal)
        }
    }

    private func ids(_ range: Range<Int>) -> [String] { range.map(String.init) }

    @Test("delivers everything once, in order")
    func delivers() async throws {
        let endpoint = ScriptedEndpoint()
        try await deliver(1000, to: endpoint) { outbox, _ in
            await endpoint.waitUntilAccepted(1000)
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(Set(endpoint.arrivals).count == 1000 && endpoint.arrivals.count == 1000)
        }
    }

    @Test("goes on at the lowest unsettled event after the session was cut, again and again")
    func cut() async throws {
        let endpoint = ScriptedEndpoint { notification, tries in
            tries == 0 && notification.id.hasSuffix("50") ? .cut : .report(.accepted)
        }
        try await deliver(500, to: endpoint) { _, _ in
            await endpoint.waitUntilAccepted(500)
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(endpoint.accepted.count == 500)
            #expect(endpoint.sessions == 6)
        }
    }

    @Test("tries again when it cannot connect")
    func connectRefused() async throws {
        let endpoint = ScriptedEndpoint(refusedConnects: 3)
        try await deliver(10, to: endpoint) { _, _ in
            await endpoint.waitUntilAccepted(10)
            #expect(Set(endpoint.accepted) == Set(ids(0..<10)))
        }
    }

    @Test("sends a returned event again, and no event is lost")
    func returned() async throws {
        let endpoint = ScriptedEndpoint { notification, tries in
            tries < 3 && notification.id == "42" ? .report(.failed(released)) : .report(.accepted)
        }
        try await deliver(100, to: endpoint) { outbox, _ in
            await endpoint.waitUntilAccepted(100)
            #expect(Set(endpoint.accepted) == Set(ids(0..<100)))
            #expect(endpoint.accepted.count == 100)
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(outbox.statistics.returned == 3)
        }
    }

    @Test("puts an event that is refused for good into the dead letters and goes on")
    func refused() async throws {
        let endpoint = ScriptedEndpoint { notification, _ in
            notification.id == "3"
                ? .report(.failed(refusedForGood)) : .report(.accepted)
        }
        try await deliver(10, to: endpoint) { outbox, _ in
            await endpoint.waitUntilAccepted(9)
            while outbox.statistics.deadLettered == 0 { await Task.yield() }
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(Set(endpoint.accepted) == Set(ids(0..<10).filter { $0 != "3" }))
            #expect(outbox.waiting == 0)
        }
    }
}
