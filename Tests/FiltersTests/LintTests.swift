import Filters
import Notifications
import Testing

@Suite("Lints")
struct LintTests {
    private let context = FilterContext(types: ["microsoft.iot.telemetry", "Microsoft.DigitalTwins.Twin.Update"], extensions: ["plant"])

    private func kinds(_ text: String) throws -> [FilterLint.Kind] {
        try Filter(parsing: text).lints(context).map(\.kind)
    }

    @Test(
        "each kind has filters that bring it up",
        arguments: [
            ("true", FilterLint.Kind.alwaysTrue), ("1 = 1", .alwaysTrue), ("EXISTS type", .alwaysTrue), ("false", .alwaysFalse),
            ("1 = 2", .alwaysFalse), ("id = 'a' AND id = 'b'", .alwaysFalse), ("$body.a >= 5 AND $body.b = 1 AND $body.a < 5", .alwaysFalse),
            ("'abc'", .alwaysFalse), ("id = 'a' AND 1 = 2", .alwaysFalse), ("INT('x') = 1 OR id = 'a'", .alwaysFails),
            ("type = 'com.example'", .unknownType), ("type IN ('microsoft.iot.telemetry', 'x')", .unknownType), ("type LIKE 'Contoso.%'", .unknownType),
            ("type = 'microsoft.digitaltwins.twin.update'", .caseMismatch), ("(id = 'a') = 'TRUE'", .caseMismatch), ("type = 5", .neverEqual),
            ("5 = type", .neverEqual), ("time < 'x'", .neverEqual), ("$body.a < true", .neverEqual), ("LENGTH(id) = 'long'", .neverEqual),
            ("LENGHT(id) = 1", .unknownFunction), ("plan = 'x'", .unknownAttribute), ("id = 'a' OR id = 'b' AND source = 'c'", .mixedLogic),
            ("NOT id = 'a'", .notBindsTighter), ("subject = 'a' OR id = 'b'", .mayBeMissing),
        ])
    func each(text: String, kind: FilterLint.Kind) throws {
        let found = try kinds(text)
        #expect(found.contains(kind), "\(text) gave \(found)")
    }

    @Test(
        "filters as people write them bring up nothing",
        arguments: [
            "type = 'microsoft.iot.telemetry'", "type = 'microsoft.iot.telemetry' AND $body.temp > 30", "plant = 'north'",
            "STARTS_WITH(type, 'Microsoft.')", "id = 'a' AND source = 'b' OR id = 'c'", "(id = 'a' OR id = 'b') AND source = 'c'",
            "(EXISTS subject AND subject = 'a') OR id = 'b'", "subject = null OR id = 'b'", "$body.a > 5 AND $body.a <= 6", "NOT (id = 'a')", "NOT EXISTS time",
            "tracestate = 'x'", "$body.items[*].v > 5 AND $body.items[*].v < 3", "subject = 5", "sequence = '5'",
            "type = 'microsoft.iot.telemetry' OR type = 'Microsoft.DigitalTwins.Twin.Update'",
        ])
    func none(text: String) throws {
        #expect(try Filter(parsing: text).lints(context) == [])
    }

    @Test("a lint has its place and its remedy")
    func place() throws {
        let lint = try #require(Filter(parsing: "id = 'a' AND\ntype = 'microsoft.iot.telemetri'").lints(context).first)
        #expect(lint.position == SourcePosition(offset: 20, line: 2, column: 8))
        #expect(lint.suggestion == "did you mean 'microsoft.iot.telemetry'?")
        #expect(lint.severity == .warning)
    }

    @Test(
        "a filter is redundant when another for its endpoint matches whatever it matches",
        arguments: [
            ("id = 'a'", "id = 'a'"), ("id = 'a'", "true"), ("id = 'a' AND source = 'b'", "id = 'a'"), ("$body.t > 30", "$body.t > 20"),
            ("$body.t = 30 AND id = 'a'", "$body.t > 20"), ("type = 'a'", "type IN ('a', 'b')"), ("id = 'a'", "source = 'b' OR id = 'a'"),
            ("id = 'a' OR id = 'b'", "id = 'b' OR id = 'a' OR id = 'c'"),
        ])
    func covered(narrow: String, wide: String) throws {
        let filters = try [narrow, "id = 'other'", wide].map { try Filter(parsing: $0) }
        let set = FilterSet(filters: filters)
        let found = set.redundant(endpoints: ["hub", "hub", "hub"])
        let expected = narrow == wide ? RedundantFilter(index: 2, coveredBy: 0) : RedundantFilter(index: 0, coveredBy: 2)
        #expect(found.contains(expected), "\(found)")
        #expect(set.redundant(endpoints: ["hub", "hub", "topic"]).contains(expected) == false)
    }

    @Test(
        "and is not when it is not, or when nobody can be sure",
        arguments: [
            ("$body.t > 20", "$body.t > 30"), ("id = 'a'", "id = 'b'"), ("id = 'a'", "id = 'a' AND source = 'b'"),
            // An event without a plant does not pass the second.
            ("id = 'a'", "plant = 'x' OR id = 'a'"), ("id = 'a' OR source = 'b'", "id = 'a'"),
        ])
    func notCovered(narrow: String, wide: String) throws {
        let set = FilterSet(filters: try [narrow, wide].map { try Filter(parsing: $0) })
        #expect(set.redundant(endpoints: ["hub", "hub"]).contains { $0.index == 0 } == false)
    }
}
