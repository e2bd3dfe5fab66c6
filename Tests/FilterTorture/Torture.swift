import Filters
import Notifications

/// Runs filters in every way there is and compares the verdicts.
public struct Torture {
    private var filters: FilterGenerator
    private var events: EventGenerator
    private var waiting: [Filter] = []
    public private(set) var accepted = 0
    public private(set) var matched = 0
    public private(set) var complaints: [String] = []

    public init(seed: UInt64) {
        filters = FilterGenerator(seed: seed)
        events = EventGenerator(seed: seed ^ 0xFF)
    }

    public mutating func run(_ count: Int) {
        for _ in 0..<count {
            let bytes = filters.filter()
            guard let filter = try? Filter(parsingUTF8: bytes) else { continue }
            accepted += 1
            check(filter, events.event())
            waiting.append(filter)
            if waiting.count == 20 {
                checkSet(FilterSet(filters: waiting))
                waiting = []
            }
        }
    }

    private mutating func check(_ filter: Filter, _ event: Notification) {
        let evaluation = filter.evaluate(event)
        if evaluation.matches { matched += 1 }
        if filter.matches(event) != evaluation.matches {
            complaints.append("matches differs from evaluate: \(filter) on \(event)")
        }
        guard accepted % 8 == 0 else { return }
        let explanation = filter.explain(event)
        if explanation.matches != evaluation.matches { complaints.append("explain differs from evaluate: \(filter)") }
        let all = 0..<filter.text.utf8.count
        for lint in filter.lints(FilterContext(types: ["abc"])) where lint.range == all && lint.severity > .note {
            if lint.kind == .alwaysTrue, !evaluation.matches { complaints.append("always true, and not: \(filter) on \(event)") }
            if lint.kind == .alwaysFalse, evaluation.matches { complaints.append("always false, and true: \(filter) on \(event)") }
        }
    }

    private mutating func checkSet(_ set: FilterSet) {
        let redundant = set.redundant(endpoints: set.filters.map { _ in "one" })
        for _ in 0..<4 {
            let event = events.event()
            let matches = set.matching(event)
            for (index, filter) in set.filters.enumerated() where matches.contains(index) != filter.matches(event) {
                complaints.append("in a set \(filter) gives \(matches.contains(index)) on \(event)")
            }
            for pair in redundant where matches.contains(pair.index) && !matches.contains(pair.coveredBy) {
                complaints.append("\(set.filters[pair.index]) is not covered by \(set.filters[pair.coveredBy]) on \(event)")
            }
        }
    }
}
