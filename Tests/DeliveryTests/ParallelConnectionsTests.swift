import Azure
import Notifications
import TestSupport
import Testing

@testable import Delivery

@Suite("Several connections to an endpoint", .fewAtATime, .timeLimit(.minutes(5)))
struct ParallelConnectionsTests {
    private func connectors(_ endpoint: ScriptedEndpoint, count: Int = 3) -> KeyedConnectors {
        KeyedConnectors(primary: ParallelConnector(endpoint.connector(), count: count))
    }

    @Test("take everything once, each subject in order")
    func delivers() async throws {
        let endpoint = ScriptedEndpoint()
        try await OutboxRig(1000).run(connectors(endpoint)) { outbox, _ in
            await endpoint.waitUntilAccepted(1000)
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(Set(endpoint.arrivals).count == 1000 && endpoint.arrivals.count == 1000)
            #expect(endpoint.sessions == 3)
            #expect(outbox.statistics.sessions == 1)
        }
    }

    @Test("end together, and begin again together where nothing was settled")
    func cut() async throws {
        let endpoint = ScriptedEndpoint { notification, tries in
            tries == 0 && notification.id.hasSuffix("50") ? .cut : .report(.accepted)
        }
        try await OutboxRig(500).run(connectors(endpoint)) { _, _ in
            await eventually { Set(endpoint.accepted).count == 500 }
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(endpoint.sessions % 3 == 0 && endpoint.sessions > 3)
        }
        #expect(endpoint.closed == endpoint.sessions)
    }

    @Test("are all there or none: what the second meets closes the first")
    func refused() async throws {
        let endpoint = ScriptedEndpoint(refusedConnects: 4)
        try await OutboxRig(10).run(connectors(endpoint)) { _, _ in
            await endpoint.waitUntilAccepted(10)
            #expect(Set(endpoint.accepted).count == 10)
        }
        #expect(endpoint.closed == endpoint.sessions)
    }
}
