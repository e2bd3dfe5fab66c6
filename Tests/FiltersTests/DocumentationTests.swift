import Filters
import Foundation
import Notifications
import Testing

/// Runs every row of the tables of docs/filters.md.
@Suite("docs/filters.md")
struct DocumentationTests {
    private let page: FilterPage

    init() throws { page = try FilterPage.load() }

    @Test("accepted filters give what the page says")
    func accepted() throws {
        #expect(page.accepted.count > 120)
        for row in page.accepted {
            let event = try #require(page.events[row.event], "no event \(row.event)")
            let filter = try Filter(parsing: row.filter)
            let evaluation = filter.evaluate(event)
            let kinds = Set(evaluation.errors.map { $0.kind.rawValue }).sorted()
            let given = ([evaluation.value.description] + kinds).joined(separator: " + ")
            #expect(given == row.gives, "\(row.filter)")
            #expect(filter.matches(event) == (row.gives == "true"), "\(row.filter)")
        }
    }

    @Test("the same filters in one set come to the same verdicts")
    func together() throws {
        let set = FilterSet(filters: try page.accepted.map { try Filter(parsing: $0.filter) })
        for (name, event) in page.events {
            let matches = set.matching(event)
            for (index, filter) in set.filters.enumerated() {
                #expect(matches.contains(index) == filter.matches(event), "\(filter) on \(name)")
            }
            #expect(Array(matches) == set.filters.indices.filter { matches.contains($0) })
        }
    }

    @Test("rejected filters say what the page says")
    func rejected() {
        #expect(page.rejected.count > 60)
        let context = FilterContext(types: page.events.values.map(\.type))
        for row in page.rejected {
            let said: [String]
            do {
                said = try Filter(parsing: row.filter).lints(context).filter { $0.severity > .note }.map(\.description)
            } catch {
                said = [error.description]
            }
            #expect(said.contains { $0.contains(row.says) }, "\(row.filter) said \(said)")
        }
    }

    @Test("every function, field and operator has an accepted and a rejected example")
    func complete() {
        let fields = [
            "id", "source", "specversion", "type", "subject", "time", "datacontenttype", "dataschema", "sequence",
            "sequencetype", "$body", "$patch",
        ]
        let functions = [
            "STARTS_WITH(", "ENDS_WITH(", "CONTAINS(", "LENGTH(", "CONCAT(", "CONCAT_WS(", "LOWER(", "UPPER(", "TRIM(",
            "LEFT(", "RIGHT(", "SUBSTRING(", "ABS(", "INT(", "BOOL(", "STRING(",
        ]
        let operators = [
            "AND", "OR", "XOR", "NOT", "LIKE", "IN (", "EXISTS", "=", "!=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%",
        ]
        for name in fields + functions + operators {
            #expect(page.accepted.contains { $0.filter.contains(name) }, "no accepted example of \(name)")
        }
        for name in functions + operators {
            #expect(page.rejected.contains { $0.filter.contains(name) }, "no rejected example of \(name)")
        }
    }
}
