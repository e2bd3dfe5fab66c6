import Testing

@testable import Checking

@Suite("Steps")
struct StepRunTests {
    private func run() -> StepRun { StepRun(limit: .milliseconds(50), redaction: Redaction()) }

    private func fine() async throws(StepFailure) -> Found<Int> { Found(value: 1, detail: "fine") }
    private func broken() async throws(StepFailure) -> Found<Int> { throw StepFailure("broken", remedy: "mend it") }

    @Test("What rests on a failed step is not tried, and says so")
    func blocked() async {
        var run = run()
        #expect(await run.perform("first") { () async throws(StepFailure) -> Found<Int> in try await fine() } == 1)
        #expect(await run.perform("second") { () async throws(StepFailure) -> Found<Int> in try await broken() } == nil)
        #expect(await run.perform("third") { () async throws(StepFailure) -> Found<Int> in try await fine() } == nil)
        #expect(run.steps.map(\.outcome) == [.ok, .failed, .skipped])
        #expect(run.steps[1].remedy == "mend it")
        #expect(run.steps[2].detail == "not tried, for second failed")
        #expect(run.steps[2].duration == nil)
    }

    @Test("What decides nothing blocks nothing, and another key begins anew")
    func unblocked() async {
        var run = run()
        _ = await run.perform("clock", decides: false) { () async throws(StepFailure) -> Found<Int> in try await broken() }
        #expect(run.blockedBy == nil)
        _ = await run.perform("CBS", key: "primary") { () async throws(StepFailure) -> Found<Int> in try await broken() }
        #expect(run.blockedBy == "CBS")
        run.unblock(to: nil)
        #expect(await run.perform("CBS", key: "secondary") { () async throws(StepFailure) -> Found<Int> in try await fine() } == 1)
    }

    @Test("A step that never ends fails at its limit")
    func limited() async {
        var run = run()
        let value = await run.perform("silent") { () async throws(StepFailure) -> Found<Int> in
            // Ends with its task only.
            for await _ in AsyncStream<Never>.makeStream().stream {}
            return Found(value: 1, detail: "late")
        }
        #expect(value == nil)
        #expect(run.steps.map(\.outcome) == [.failed])
        #expect(run.steps[0].detail.hasPrefix("no answer within"))
    }

    @Test("A cancelled check notes what it did not try")
    func cancelled() async {
        let steps = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            var run = run()
            _ = await run.perform("first") { () async throws(StepFailure) -> Found<Int> in try await fine() }
            return run.steps
        }.value
        #expect(steps == [CheckStep("first", .skipped, "interrupted")])
    }
}
