import Filters
import Notifications
import Testing

@Suite("Explanations")
struct ExplanationTests {
    private let event = Event(
        id: "1", source: "s", type: "telemetry", subject: "room-1", body: Array(#"{"t":21.5,"items":[{"v":1},{"v":4}]}"#.utf8)[...])

    private func outline(_ explanation: Explanation) -> [String] {
        let outcome: String
        switch explanation.outcome {
        case .value(let value): outcome = value.description
        case .notEvaluated: outcome = "not evaluated"
        }
        let errors = explanation.errors.map { " !\($0.kind.rawValue)" }.joined()
        return ["\(explanation.text) → \(outcome)\(errors)"] + explanation.parts.flatMap(outline).map { "  " + $0 }
    }

    private func explain(_ text: String) throws -> [String] {
        outline(try Filter(parsing: text).explain(event).root)
    }

    @Test("each sub-expression shows its text and what it saw")
    func values() throws {
        #expect(
            try explain("type = 'telemetry' AND $body.t * 2 > 40 AND $body.items[*].v = 4") == [
                "type = 'telemetry' AND $body.t * 2 > 40 AND $body.items[*].v = 4 → true",
                "  type = 'telemetry' → true",
                "    type → 'telemetry'",
                "    'telemetry' → 'telemetry'",
                "  $body.t * 2 > 40 → true",
                "    $body.t * 2 → 43.0",
                "      $body.t → 21.5",
                "      2 → 2",
                "    40 → 40",
                "  $body.items[*].v = 4 → true",
                "    $body.items[*].v → any of 1, 4",
                "    4 → 4",
            ])
    }

    @Test("what AND and OR never reached is said to be not evaluated")
    func shortCircuit() throws {
        #expect(
            try explain("type = 'x' AND (subject = 'a' OR id = '1')") == [
                "type = 'x' AND (subject = 'a' OR id = '1') → false",
                "  type = 'x' → false",
                "    type → 'telemetry'",
                "    'x' → 'x'",
                "  (subject = 'a' OR id = '1') → not evaluated",
                "    subject = 'a' → not evaluated",
                "      subject → not evaluated",
                "      'a' → not evaluated",
                "    id = '1' → not evaluated",
                "      id → not evaluated",
                "      '1' → not evaluated",
            ])
    }

    @Test("an error stands where it was raised")
    func errors() throws {
        let filter = try Filter(parsing: "plant = 'north' OR INT(subject) = 1")
        let explanation = filter.explain(event)
        #expect(!explanation.matches)
        #expect(Set(explanation.evaluation.errors.map(\.kind)) == [.missingAttribute, .cast])
        #expect(explanation.evaluation.errors.map(\.text) == ["plant", "subject"])
        #expect(
            outline(explanation.root) == [
                "plant = 'north' OR INT(subject) = 1 → false",
                "  plant = 'north' → false",
                "    plant → absent !missingAttribute",
                "    'north' → 'north'",
                "  INT(subject) = 1 → false",
                "    INT(subject) → 0 !cast",
                "      subject → 'room-1'",
                "    1 → 1",
            ])
        #expect(explanation.evaluation.errors.first?.description == "the event has no attribute `plant`")
    }

    @Test("an error that a filter meets twice is shown twice, and listed once")
    func repeated() throws {
        let explanation = try Filter(parsing: "INT(subject) = 1 OR INT(subject) = 2").explain(event)
        #expect(outline(explanation.root).filter { $0.contains("INT(subject) → 0 !cast") }.count == 2)
        #expect(explanation.evaluation.errors.count == 1)
    }

    @Test("a body that is not JSON is named")
    func body() throws {
        let event = Event(id: "1", source: "s", type: "t", body: Array("hello".utf8)[...])
        let explanation = try Filter(parsing: "$body.t > 1").explain(event)
        #expect(explanation.evaluation.bodyFault?.description == "the body is not JSON: a byte that cannot stand here, at byte 0")
    }
}
