import Notifications
import Testing

@testable import Journal

extension SequenceTable {
    fileprivate mutating func next(_ name: String, anew: Bool = false, at offset: Int64) -> Int32 {
        let bytes = Array(name.utf8)
        return bytes.withUnsafeBytes { bytes in
            assign(
                bytes, kind: .subject, hash: Self.hash(bytes, kind: .subject), startsAnew: anew, offset: offset
            ).rawValue
        }
    }
}

@Suite struct SequenceTableTests {
    @Test("counts from 1 for each unit, and from 1 again when it starts anew")
    func counts() {
        var table = SequenceTable()
        #expect(table.next("a", at: 0) == 1)
        #expect(table.next("a", at: 1) == 2)
        #expect(table.next("b", at: 2) == 1)
        #expect(table.next("a", anew: true, at: 3) == 1)
        #expect(table.next("a", at: 4) == 2)
        #expect(table.last("a") == SequenceNumber(rawValue: 2))
        #expect(table.last("a", kind: .source) == nil)
        #expect(table.last("c") == nil)
    }

    @Test("a rollback takes back every number since begin, those of new units too")
    func rollback() {
        var table = SequenceTable()
        _ = table.next("a", at: 0)
        table.begin()
        #expect(table.next("a", at: 1) == 2)
        #expect(table.next("a", anew: true, at: 2) == 1)
        #expect(table.next("new", at: 3) == 1)
        table.rollback()
        #expect(table.last("a") == .first)
        #expect(table.last("new") == nil)
        #expect(table.next("a", at: 1) == 2)
        #expect(table.next("new", at: 2) == 1)
    }

    @Test("after 2,147,483,647 comes -2,147,483,648, and after -1 comes 0, not 1 twice")
    func wraps() {
        var table = SequenceTable()
        let name = Array("a".utf8)
        name.withUnsafeBytes {
            table.restore($0, kind: .subject, last: SequenceNumber(rawValue: .max), offset: 0, logged: false)
        }
        #expect(table.next("a", at: 1) == .min)
        name.withUnsafeBytes {
            table.restore($0, kind: .subject, last: SequenceNumber(rawValue: -1), offset: 2, logged: false)
        }
        #expect(table.next("a", at: 3) == 0)
        #expect(table.next("a", at: 4) == 1)
    }

    @Test("only entries that no later row has are to be logged")
    func logging() {
        var table = SequenceTable()
        _ = table.next("old", at: 0)
        _ = table.next("both", at: 1)
        _ = table.next("both", at: 9)
        let indices = table.unloggedEntries(below: 5)
        #expect(indices.count == 1)
        table.markLogged(below: 5)
        #expect(table.unloggedEntries(below: 5).isEmpty)
        #expect(table.unloggedEntries(below: 10).count == 1)
        _ = table.next("old", at: 10)
        #expect(table.unloggedEntries(below: 11).count == 2)
    }

    @Test("segments bring back what was logged; a rewrite keeps only what is live")
    func segments() throws {
        var table = SequenceTable()
        for index in 0..<1000 { _ = table.next("subject-\(index)", at: Int64(index)) }
        let segment = try #require(SubjectSegment.encode(table.unloggedEntries(below: 1000), of: table).first)
        #expect(segment.count == 1000)

        var restored = SequenceTable()
        try SubjectSegment.decode(segment.entries) { name, kind, last, offset in
            restored.restore(name, kind: kind, last: last, offset: offset, logged: true)
        }
        #expect(restored.count == 1000)
        #expect(restored.last("subject-999") == .first)
        #expect(restored.unloggedEntries(below: .max).isEmpty)

        for index in 0..<990 { _ = restored.next("subject-\(index)", at: Int64(2000 + index)) }
        #expect(try SubjectSegment.rewrite(segment.entries, of: restored)?.count == 10)
    }

    @Test("agrees with a dictionary over many units")
    func manyUnits() {
        var table = SequenceTable()
        var model: [String: Int32] = [:]
        var random = SplitMix(state: 3)
        for offset in 0..<60_000 {
            let name = "devices/\(Int.random(in: 0..<20_000, using: &random))"
            let expected = (model[name] ?? 0) + 1
            model[name] = expected
            guard table.next(name, at: Int64(offset)) == expected else {
                Issue.record("differs at \(offset)")
                return
            }
        }
        #expect(table.count == model.count)
    }
}
