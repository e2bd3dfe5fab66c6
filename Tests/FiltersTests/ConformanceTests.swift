import Filters
import Testing

@Suite("CESQL conformance set")
struct ConformanceTests {
    @Test("every case gives its value and its error")
    func all() throws {
        guard let folder = ConformanceFolder.find("cesql_tck") else {
            print("cesql_tck: skipped, there is no shared/conformance/cesql_tck near the package")
            return
        }
        let cases = try ConformanceCase.load(folder)
        var failed = 0
        for testCase in cases {
            let complaints = check(testCase)
            if !complaints.isEmpty { failed += 1 }
            for complaint in complaints { Issue.record("\(testCase.suite) / \(testCase.name): \(complaint)") }
        }
        print("cesql_tck: \(cases.count - failed) passed, \(failed) failed, 0 skipped")
        #expect(cases.count == 275)
    }

    private func check(_ testCase: ConformanceCase) -> [String] {
        let filter: Filter
        do {
            filter = try Filter(parsing: testCase.expression)
        } catch {
            return testCase.error == "parse" ? [] : ["\(testCase.expression): \(error)"]
        }
        if testCase.error == "parse" { return ["\(testCase.expression) was accepted"] }
        let evaluation = filter.evaluate(testCase.notification)
        var complaints: [String] = []
        if let result = testCase.result, evaluation.value != result {
            complaints.append("\(testCase.expression) gave \(evaluation.value), not \(result)")
        }
        let kinds = Set(evaluation.errors.map { $0.kind.rawValue })
        let wanted = Set(testCase.error.map { [$0] } ?? [])
        if kinds != wanted {
            complaints.append("\(testCase.expression) noted \(kinds.sorted()), not \(wanted.sorted())")
        }
        // The quick way, and the way of a set, must come to the same verdict.
        if filter.matches(testCase.notification) != evaluation.matches {
            complaints.append("\(testCase.expression): matches differs from evaluate")
        }
        if FilterSet(filters: [filter]).matching(testCase.notification).contains(0) != evaluation.matches {
            complaints.append("\(testCase.expression): a set of one differs from evaluate")
        }
        return complaints
    }
}
