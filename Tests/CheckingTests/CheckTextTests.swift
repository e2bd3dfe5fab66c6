import Notifications
import Testing

@testable import Checking

@Suite("The report")
struct CheckTextTests {
    private let report = CheckReport(targets: [
        TargetReport(
            kind: "broker", name: "plant", place: "mqtts://broker:8883",
            steps: [CheckStep("TCP", .ok, "listens", duration: .milliseconds(7))]),
        TargetReport(
            kind: "endpoint", name: "hub", place: "EventHub hub at ns:5671",
            steps: [
                CheckStep("CBS", key: "secondary", .failed, "401", remedy: "check the key", duration: .milliseconds(1234)),
                CheckStep("link", key: "secondary", .skipped, "not tried, for CBS failed"),
            ]),
    ])

    @Test("Columns line up over all targets; a remedy has a line of its own; the end counts")
    func text() {
        #expect(
            CheckText().lines(report) == [
                "broker plant  mqtts://broker:8883",
                "  ok       TCP                 7 ms  listens",
                "",
                "endpoint hub  EventHub hub at ns:5671",
                "  failed   secondary: CBS   1234 ms  401",
                "           → check the key",
                "  skipped  secondary: link           not tried, for CBS failed",
                "",
                "Something failed: 1 ok, 0 warning, 1 failed, 1 skipped.",
            ])
        #expect(report.hasFailed)
    }

    @Test("Warnings and what was skipped are no failure")
    func fine() {
        let report = CheckReport(targets: [
            TargetReport(kind: "broker", name: "b", place: "p", steps: [CheckStep("TLS", .warning, "2 days left"), CheckStep("clock", .skipped, "")])
        ])
        #expect(!report.hasFailed)
        #expect(CheckText().lines(report).last == "Nothing failed: 0 ok, 1 warning, 0 failed, 1 skipped.")
    }

    @Test("Secrets and control characters are taken out, also as they stand in a URL")
    func redaction() {
        let redaction = Redaction([Secret("c2VjcmV0+key/="), Secret("c2VjcmV0+key/=and more"), Secret("pw")])
        #expect(redaction("no c2VjcmV0+key/=and more, c2VjcmV0+key/= or c2VjcmV0%2Bkey%2F%3D") == "no ***, *** or ***")
        #expect(redaction("pw, 'pw' and topwards") == "***, '***' and topwards")
        #expect(redaction("cut off at c2VjcmV0+ke") == "cut off at ***")
        #expect(redaction("Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln was sent") == "Bearer *** was sent")
        #expect(redaction("a\u{1B}[2Jb\nc") == "a [2Jb c")
    }
}
