import Azure
import Delivery
import Journal
import Notifications
import TestSupport
import Testing

/// Keys, throttling, reload, batches: what an outbox does when its far side is in trouble.
@Suite("Outbox in trouble", .fewAtATime, .timeLimit(.minutes(5)))
struct OutboxLifeTests {
    private static let lost = EndpointFailure(kind: .transient, condition: "amqp:connection:forced", detail: "by the test")
    private static let denied = EndpointFailure(
        kind: .unauthorized, condition: "amqp:unauthorized-access", detail: "by the test")

    /// The wait between sessions, once there is one; not the probe's.
    private func endWait(of outbox: Outbox, _ clock: ManualClock) async {
        await eventually { outbox.statistics.waitLeft.map { $0 > .zero } ?? false }
        let end = clock.now + (outbox.statistics.waitLeft ?? .zero)
        await eventually { clock.deadlines.contains(end) }
        clock.advance(to: end)
    }

    @Test("takes the other key at once when one is refused, without a wait")
    func failover() async throws {
        let endpoint = ScriptedEndpoint()
        endpoint.refuse("k1")
        try await OutboxRig(20).run(endpoint.connectors(secondary: "k2"), clock: ManualClock()) { outbox, _ in
            await endpoint.waitUntilAccepted(20)
            #expect(endpoint.connects == ["k1", "k2"])
            #expect(outbox.statistics.keyInUse == .secondary)
            #expect(outbox.statistics.primaryKey.verdict == .refused)
            #expect(outbox.statistics.secondaryKey?.verdict == .works)
            #expect(outbox.statistics.state == .sending)
        }
    }

    @Test("takes the other key when the one in use is taken away from a living session")
    func failoverOfSession() async throws {
        let endpoint = ScriptedEndpoint { notification, tries in
            notification.id == "5" && tries == 0 ? .report(.failed(Self.denied)) : .report(.accepted)
        }
        try await OutboxRig(20).run(endpoint.connectors(secondary: "k2"), clock: ManualClock()) { outbox, _ in
            await endpoint.waitUntilAccepted(20)
            #expect(endpoint.connects == ["k1", "k2"])
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(Set(endpoint.accepted).count == 20)
            #expect(outbox.statistics.deadLettered == 0)
        }
    }

    @Test("both keys refused: waits, tries both again, and new keys end the wait at once")
    func bothRefused() async throws {
        let endpoint = ScriptedEndpoint()
        endpoint.refuse("k1", "k2")
        let clock = ManualClock()
        try await OutboxRig(20).run(endpoint.connectors(secondary: "k2"), clock: clock) { outbox, _ in
            await endWait(of: outbox, clock)
            await eventually { endpoint.connects.count == 4 && outbox.statistics.state == .unauthorized }
            #expect(endpoint.connects == ["k1", "k2", "k1", "k2"])
            #expect(outbox.statistics.failures == 2)
            #expect(outbox.statistics.lastFailure?.kind == .unauthorized)
            #expect(outbox.statistics.secondaryKey?.verdict == .refused)
            // Nobody moves the clock from here on.
            outbox.replace(endpoint.connectors(primary: "k3", secondary: "k4"))
            await endpoint.waitUntilAccepted(20)
            #expect(endpoint.connects == ["k1", "k2", "k1", "k2", "k3"])
            #expect(outbox.statistics.secondaryKey?.verdict == .untested)
        }
    }

    @Test("new keys while it sends: what is under way comes home first, and nothing comes twice")
    func replaced() async throws {
        let held = Held()
        let endpoint = ScriptedEndpoint { notification, _ in
            held.note(notification.id)
            return .report(.accepted)
        }
        try await OutboxRig(500).run(endpoint.connectors(), clock: ManualClock()) { outbox, _ in
            await held.waitForFirst()
            outbox.replace(endpoint.connectors(primary: "k3"))
            await endpoint.waitUntilAccepted(500)
            await eventually { endpoint.connects == ["k1", "k3"] && outbox.statistics.state == .sending }
            #expect(endpoint.accepted.count == 500)
            #expect(endpoint.arrivals.count == 500)
            #expect(endpoint.closed == 1)
        }
    }

    @Test("new keys while an outcome does not come: the drain is bounded")
    func boundedDrain() async throws {
        let endpoint = ScriptedEndpoint { notification, tries in
            notification.id == "3" && tries == 0 ? .silence : .report(.accepted)
        }
        let clock = ManualClock()
        try await OutboxRig(20).run(endpoint.connectors(), clock: clock) { outbox, _ in
            await eventually { endpoint.arrivals.contains("3") }
            outbox.replace(endpoint.connectors(primary: "k3"))
            await eventually { outbox.statistics.state == .draining && clock.deadlines.contains(clock.now + Outbox.drainLimit) }
            clock.advance(to: clock.now + Outbox.drainLimit)
            await endpoint.waitUntilAccepted(20)
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(Set(endpoint.accepted).count == 20)
        }
    }

    @Test("a reload ends a wait for a lost connection; without one nothing is tried before its time")
    func retryNow() async throws {
        let endpoint = ScriptedEndpoint()
        endpoint.fail("k1", with: Self.lost)
        try await OutboxRig(5).run(endpoint.connectors(), clock: ManualClock()) { outbox, _ in
            await eventually { outbox.statistics.state == .backingOff }
            endpoint.fail("k1", with: nil)
            outbox.retryNow()
            await endpoint.waitUntilAccepted(5)
            #expect(endpoint.connects == ["k1", "k1"])
        }
    }

    @Test("throttled with a hint: waits as long as it says, keeps the session, and loses no event")
    func throttled() async throws {
        let busy = EndpointFailure(
            kind: .throttled, condition: "com.microsoft:server-busy", detail: "wait 10 seconds", retryAfter: .seconds(10))
        let endpoint = ScriptedEndpoint { notification, tries in
            notification.id == "3" && tries == 0 ? .report(.failed(busy)) : .report(.accepted)
        }
        let clock = ManualClock()
        try await OutboxRig(100).run(endpoint.connectors(), clock: clock) { outbox, _ in
            await eventually { outbox.statistics.state == .throttled }
            let wait = outbox.statistics.waitLeft ?? .zero
            #expect(wait >= .seconds(10) && wait <= .seconds(11))
            let arrived = endpoint.arrivals.count
            #expect(arrived < 100)
            clock.advance(to: .seconds(10) - .milliseconds(1))
            #expect(outbox.statistics.state == .throttled)
            #expect(endpoint.arrivals.count == arrived)
            await eventually { clock.deadlines.contains(wait) }
            clock.advance(to: wait)
            await endpoint.waitUntilAccepted(100)
            #expect(endpoint.sessions == 1)
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 7))
            #expect(outbox.statistics.deadLettered == 0)
        }
    }

    @Test("the session ends busy: the next try waits as long as the far side asks")
    func busyDetach() async throws {
        let endpoint = ScriptedEndpoint()
        endpoint.fail(
            "k1",
            with: EndpointFailure(
                kind: .throttled, condition: "com.microsoft:server-busy", detail: "d", retryAfter: .seconds(20)))
        let clock = ManualClock()
        try await OutboxRig(5).run(endpoint.connectors(), clock: clock) { outbox, _ in
            await eventually { outbox.statistics.state == .backingOff }
            #expect((outbox.statistics.waitLeft ?? .zero) >= .seconds(20))
            endpoint.fail("k1", with: nil)
            await endWait(of: outbox, clock)
            await endpoint.waitUntilAccepted(5)
        }
    }

    @Test("a refused batch is split until the guilty event is alone, and the rest goes through in order")
    func splits() async throws {
        let endpoint = ScriptedEndpoint(maximumEventsPerDelivery: 16) { notification, _ in
            ["30", "31", "77"].contains(notification.id) ? .report(.failed(refusedForGood)) : .report(.accepted)
        }
        try await OutboxRig(200, subjects: 2).run(endpoint.connectors(), clock: ManualClock()) { outbox, _ in
            await endpoint.waitUntilAccepted(197)
            await eventually { outbox.statistics.deadLettered == 3 }
            #expect(inOrderPerSubject(endpoint.accepted, subjects: 2))
            #expect(outbox.waiting == 0)
        }
    }

    @Test("the idle key is tested now and then, and what is found is shown")
    func probe() async throws {
        let endpoint = ScriptedEndpoint()
        endpoint.refuse("k2")
        let clock = ManualClock()
        try await OutboxRig(5).run(endpoint.connectors(secondary: "k2"), clock: clock) { outbox, _ in
            await endpoint.waitUntilAccepted(5)
            await eventually { outbox.statistics.state == .sending && !clock.deadlines.isEmpty }
            clock.advance(to: .seconds(60))
            await eventually { outbox.statistics.secondaryKey?.verdict == .refused }
            #expect(outbox.statistics.keyInUse == .primary)
            endpoint.fail("k2", with: nil)
            let next = clock.now + Outbox.probeInterval * 1.25
            await eventually { clock.deadlines.contains { $0 > clock.now && $0 <= next } }
            clock.advance(to: next)
            await eventually { outbox.statistics.secondaryKey?.verdict == .works }
            #expect(endpoint.connects == ["k1", "k2", "k2"])
            #expect(outbox.statistics.sessions == 1, "a probe is no session")
        }
    }

    @Test("disabled it sends nothing, enabled it goes on")
    func disabled() async throws {
        let endpoint = ScriptedEndpoint()
        try await OutboxRig(5).run(endpoint.connectors(), clock: ManualClock()) { outbox, _ in
            await endpoint.waitUntilAccepted(5)
            outbox.disable()
            await eventually { outbox.statistics.state == .disabled && endpoint.closed == 1 }
            outbox.enable()
            await eventually { outbox.statistics.state == .sending }
        }
    }
}
