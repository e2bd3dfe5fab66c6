import Testing

@testable import LocalNamespace

@Suite("Faults")
struct FaultTableTests {
    @Test("strike one in n, so often, on their entity, for their time")
    func reject() {
        var table = FaultTable()
        let fault = Fault(kind: .reject(oneIn: 3, condition: "c"), entity: "A", until: 1000, left: 2)
        _ = table.add(fault, at: 0)
        let fates = (0..<9).map { _ in table.fate(of: "a", events: 1, bytes: 1, at: 10) == .take }
        #expect(fates == [true, true, false, true, true, false, true, true, true])
        #expect(table.isEmpty)
        _ = table.add(Fault(kind: .reject(oneIn: 1, condition: "c"), entity: "A", until: 1000), at: 0)
        #expect(table.fate(of: "b", events: 1, bytes: 1, at: 10) == .take)
        #expect(table.fate(of: "a", events: 1, bytes: 1, at: 10) != .take)
        #expect(table.fate(of: "a", events: 1, bytes: 1, at: 1000) == .take)
    }

    @Test("are counted as often as they strike")
    func struck() {
        var table = FaultTable()
        let idle = table.add(Fault(kind: .detachIdle(after: 100)), at: 0)
        #expect(table.reachedIdleLimit("a", idleFor: 99, at: 0) == nil)
        #expect(table.reachedIdleLimit("a", idleFor: 100, at: 0) == 100)
        #expect(table.reachedIdleLimit("a", idleFor: 101, at: 0) == 100)
        let disabled = table.add(Fault(kind: .disableEntity, entity: "a"), at: 0)
        table.note(disabled, struck: 3)
        #expect(table.isDisabled("b", at: 0) == false)
        #expect(table.isDisabled("a", at: 0) == true)
        let listed = table.list(at: 0)
        #expect(listed.map(\.id) == [idle, disabled])
        #expect(listed.map(\.struck) == [2, 4])
    }

    @Test("a throughput unit is 1000 events and a megabyte a second")
    func throttle() {
        var bucket = TokenBucket(units: 1, at: 0)
        #expect(bucket.take(events: 1000, bytes: 1, at: 0) == true)
        #expect(bucket.take(events: 1, bytes: 1, at: 0) == false)
        #expect(bucket.take(events: 500, bytes: 1, at: 500) == true)
        #expect(bucket.take(events: 1, bytes: 1, at: 500) == false)
        #expect(bucket.take(events: 1, bytes: 999_000, at: 2000) == true)
        #expect(bucket.take(events: 1, bytes: 999_000, at: 2000) == false)
        // More than a second's worth goes when the bucket is full.
        #expect(bucket.take(events: 5000, bytes: 1, at: 9000) == true)
    }

    @Test("a refused key is the primary, the secondary, or both")
    func keys() {
        var table = FaultTable()
        let id = table.add(Fault(kind: .refuseKey(rule: "r", key: .primary)), at: 0)
        #expect(table.refusesKey(rule: "r", isPrimary: true, at: 0) == true)
        #expect(table.refusesKey(rule: "r", isPrimary: false, at: 0) == false)
        #expect(table.refusesKey(rule: "s", isPrimary: true, at: 0) == false)
        #expect(table.remove(id) == true)
        #expect(table.remove(id) == false)
        #expect(table.refusesKey(rule: "r", isPrimary: true, at: 0) == false)
    }
}
