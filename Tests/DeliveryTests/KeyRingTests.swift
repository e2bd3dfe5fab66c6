import Azure
import Testing

@testable import Delivery

@Suite("Primary and secondary key")
struct KeyRingTests {
    @Test("the other key is tried at once, and then none")
    func failover() {
        var ring = KeyRing(hasSecondary: true)
        #expect(ring.inUse == .primary && ring.idle == .secondary)
        let result1 = ring.refused("a", now: .seconds(1))
        #expect(result1)
        #expect(ring.inUse == .secondary && ring.idle == .primary)
        let result2 = ring.refused("b", now: .seconds(2))
        #expect(!result2)
        #expect(ring.inUse == .primary, "the next round begins anew")
        #expect(ring.primary == KeyHealth(verdict: .refused, condition: "a", since: .seconds(1)))
        #expect(ring.secondary == KeyHealth(verdict: .refused, condition: "b", since: .seconds(2)))
        let result3 = ring.refused("a", now: .seconds(3))
        #expect(result3, "and tries both again")
    }

    @Test("a single key has nothing to turn to")
    func single() {
        var ring = KeyRing(hasSecondary: false)
        let result4 = ring.refused("a", now: .zero)
        #expect(!result4)
        #expect(ring.idle == nil)
    }

    @Test("keys that sign in but may not send do not take turns for ever")
    func signsInOnly() {
        var ring = KeyRing(hasSecondary: true)
        ring.worked(now: .zero)
        let result5 = ring.refused("a", now: .zero)
        #expect(result5)
        ring.worked(now: .zero)
        let result6 = ring.refused("a", now: .zero)
        #expect(!result6)
        ring.worked(now: .zero)
        ring.progressed()
        let result7 = ring.refused("a", now: .zero)
        #expect(result7, "an accepted event makes the other key worth a try again")
    }

    @Test("what a probe found of an old key is not said of a new one")
    func probe() {
        var ring = KeyRing(hasSecondary: true)
        let refused = EndpointFailure(kind: .unauthorized, condition: "c", detail: "d")
        let lost = EndpointFailure(kind: .transient, condition: "tcp", detail: "d")
        let result8 = ring.probed(.secondary, refused, generation: 0, now: .seconds(5))
        #expect(result8)
        #expect(ring.secondary.verdict == .refused)
        let result9 = ring.probed(.secondary, refused, generation: 0, now: .seconds(6))
        #expect(!result9, "no news")
        #expect(ring.secondary.since == .seconds(5))
        let result10 = ring.probed(.secondary, lost, generation: 0, now: .seconds(7))
        #expect(result10)
        #expect(ring.secondary.verdict == .unknown)
        ring.replaced(hasSecondary: true)
        #expect(ring.secondary.verdict == .untested)
        let result11 = ring.probed(.secondary, nil, generation: 0, now: .seconds(8))
        #expect(!result11)
        let result12 = ring.probed(.secondary, nil, generation: 1, now: .seconds(9))
        #expect(result12)
        #expect(ring.secondary.verdict == .works)
        let result13 = ring.probed(.primary, refused, generation: 1, now: .seconds(9))
        #expect(!result13, "the key in use is known better")
    }
}
