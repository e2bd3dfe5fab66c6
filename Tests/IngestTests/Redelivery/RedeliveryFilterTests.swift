import Journal
import Testing

@testable import Ingest

@Suite("Redelivery filter")
struct RedeliveryFilterTests {
    static func marks(_ ids: some Sequence<Int>) -> [IntakeMark] {
        ids.map { IntakeMark(packetID: UInt16($0), hash: 5) }
    }

    /// Which of the messages are known again, in a connection behind those marks.
    static func recognised(
        _ ids: some Sequence<Int>, after marks: [IntakeMark], hash: UInt64 = 5, redelivered: Bool = true
    ) -> [Int] {
        var filter = RedeliveryFilter(marks: marks)
        var kept: [IntakeMark] = []
        return ids.filter {
            filter.recognises(IntakeMark(packetID: UInt16($0), hash: hash), redelivered: redelivered, orAddsTo: &kept)
        }
    }

    let marks = Self.marks(1...100)

    @Test("a suffix of the marks is known again, to its end and no further")
    func suffix() {
        #expect(Self.recognised(90...110, after: marks) == Array(90...100))
        #expect(Self.recognised([100, 101], after: marks) == [100])
    }

    @Test("the first message that is not next ends it, for good")
    func gap() {
        #expect(Self.recognised([90, 91, 93, 92, 93, 94], after: marks) == [90, 91])
        #expect(Self.recognised([101, 90, 91], after: marks) == [])
    }

    @Test("another payload, or no DUP flag, is new")
    func otherwise() {
        #expect(Self.recognised(90...100, after: marks, hash: 6) == [])
        #expect(Self.recognised(90...100, after: marks, redelivered: false) == [])
    }

    @Test("it goes on across 65,535, where ids begin anew")
    func wrap() {
        let marks = Self.marks(65_500...65_535) + Self.marks(1...20)
        #expect(Self.recognised(Array(65_530...65_535) + Array(1...25), after: marks) == Array(65_530...65_535) + Array(1...20))
        #expect(Self.recognised([2, 3], after: marks) == [2, 3])
    }

    @Test("1 does not begin it: brokers that take the lowest free id begin there")
    func one() {
        let marks = Self.marks(65_500...65_535) + Self.marks(1...20)
        #expect(Self.recognised(1...20, after: marks) == [])
    }

    @Test("fewer than nine consecutive ids prove nothing")
    func proof() {
        #expect(Self.recognised([38], after: Self.marks([30, 29]) + Self.marks(31...38)) == [])
        #expect(Self.recognised(30...38, after: Self.marks([29]) + Self.marks(30...38)) == Array(30...38))
        #expect(Self.recognised([50], after: Self.marks([40, 42, 44, 46, 48, 50])) == [])
    }

    @Test("the lowest id of all does not begin it")
    func lowest() {
        #expect(Self.recognised(200...220, after: Self.marks(200...220)) == [])
        #expect(Self.recognised(201...220, after: Self.marks(200...220)) == Array(201...220))
    }

    @Test("no further back than half of the circle")
    func depth() {
        let marks = Self.marks(1...40_000)
        #expect(Self.recognised([40_000 - 32_767, 40_000 - 32_766], after: marks) == [])
        #expect(Self.recognised([40_000 - 32_766], after: marks) == [40_000 - 32_766])
    }

    @Test("no marks, nothing known; no id, nothing known")
    func nothing() {
        #expect(Self.recognised([1, 2, 0], after: []) == [])
        #expect(Self.recognised([0], after: Self.marks(1...20) + [RedeliveryFilter.runBreak]) == [])
    }

    @Test("what may have been read before begins a run, what was never sent before continues it")
    func runs() {
        func kept(_ ids: [Int], redelivered: Bool) -> [UInt16] {
            var filter = RedeliveryFilter(marks: marks)
            var kept: [IntakeMark] = []
            for id in ids {
                _ = filter.recognises(IntakeMark(packetID: UInt16(id), hash: 5), redelivered: redelivered, orAddsTo: &kept)
            }
            return kept.map(\.packetID)
        }
        #expect(kept([101, 102], redelivered: true) == [0, 101, 102])
        #expect(kept([101, 102], redelivered: false) == [101, 102])
        #expect(kept([99, 100, 101], redelivered: true) == [101])
        #expect(kept([97, 98, 101], redelivered: true) == [0, 101])
    }

    @Test("a broker set back to an older state sends new messages with old ids, but without DUP")
    func setBack() {
        var filter = RedeliveryFilter(marks: marks)
        var kept: [IntakeMark] = []
        for id in 80...85 as ClosedRange<UInt16> {
            #expect(filter.recognises(IntakeMark(packetID: id, hash: 5), redelivered: true, orAddsTo: &kept))
        }
        for id in 86...100 as ClosedRange<UInt16> {
            #expect(!filter.recognises(IntakeMark(packetID: id, hash: 5), redelivered: false, orAddsTo: &kept))
        }
    }
}
