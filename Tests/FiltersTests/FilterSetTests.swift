@testable import Filters
import Notifications
import Testing

@Suite("Filter sets")
struct FilterSetTests {
    @Test("sets of any size name the filters that match", arguments: [0, 1, 63, 64, 65, 128, 129, 1_000])
    func sizes(count: Int) throws {
        let set = FilterSet(filters: try (0..<count).map { try Filter(parsing: "$body.n >= \($0) AND type = 't'") })
        for n in [-1, 0, 62, 63, 64, 127, 128, 5_000] {
            let event = Event(id: "1", source: "s", type: "t", body: Array("{\"n\":\(n)}".utf8)[...])
            let matches = set.matching(event)
            let expected = (0..<count).filter { $0 <= n }
            #expect(Array(matches) == expected)
            #expect(matches.count == expected.count)
            #expect(matches.isEmpty == expected.isEmpty)
            #expect(!matches.contains(count + 64))
        }
    }

    @Test("an error in a shared sub-expression keeps out every filter that reached it, and no other")
    func sharedErrors() throws {
        let texts = [
            "INT(subject) = 1 AND id = '1'", "id = '1' OR INT(subject) = 1", "NOT (INT(subject) = 1)", "INT(subject) = 1 XOR true", "id = '1'",
        ]
        let set = FilterSet(filters: try texts.map { try Filter(parsing: $0) })
        let event = Event(id: "1", source: "s", type: "t", subject: "room")
        #expect(Array(set.matching(event)) == [1, 4])
        #expect(Array(set.matching(Event(id: "2", source: "s", type: "t", subject: "7"))) == [2, 3])
    }

    @Test("what filters have in common is one instruction, kept for the length of an event")
    func sharing() throws {
        let shared = "LENGTH(CONCAT(id, type)) > 3"
        let set = FilterSet(filters: try (0..<50).map { try Filter(parsing: "\(shared) AND $body.n = \($0)") })
        let calls = set.program.instructions.filter { $0.operation == .call }
        #expect(calls.count == 2)
        #expect(set.program.memoCount == 1)
        #expect(set.program.paths.slotCount == 1)
    }

    @Test("constants are folded, unless they raise an error")
    func folding() throws {
        func operations(_ text: String) throws -> Instruction.Operation {
            let filter = try Filter(parsing: text)
            return filter.program.instructions[Int(filter.root)].operation
        }
        #expect(try operations("1 + 2 * 3 = 7 AND LENGTH(UPPER('ab')) = 2") == .boolean)
        #expect(try operations("true AND type = 'a'") == .compare)
        #expect(try operations("false AND INT('x') = 1") == .boolean)
        #expect(try operations("1 / 0 = 0") == .compare)
        #expect(try operations("CONCAT('a', 'b')") == .text)
    }

    @Test("an attribute that came in a form of its own is found among the extensions")
    func foreignForm() throws {
        var event = Event(id: "1", source: "s", type: "t")
        event.extensions = [.init(name: "sequence", value: .string("00000007"))]
        #expect(try Filter(parsing: "sequence = '00000007' AND EXISTS sequence AND NOT EXISTS subject").matches(event))
    }

    @Test("a set can be used by many tasks at once")
    func concurrent() async throws {
        let set = FilterSet(filters: try (0..<100).map { try Filter(parsing: "$body.n > \($0) AND LENGTH(CONCAT(id, '-', type)) = 3") })
        await withTaskGroup(of: Bool.self) { group in
            for n in 0..<8 {
                group.addTask {
                    let event = Event(id: "1", source: "s", type: "t", body: Array("{\"n\":\(n * 10)}".utf8)[...])
                    return (0..<200).allSatisfy { _ in set.matching(event).count == n * 10 }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
