import ArgumentParser
import Checking
import NIOPosix
import Settings

/// `check --connect`: tries every broker and endpoint of a configuration that has no fault.
struct ConnectionCheck {
    let configuration: BridgeConfiguration
    let timeout: Duration
    let sends: Bool

    /// - Parameter show: prints the report, interrupted or not.
    /// - Throws: an exit code: 1 where something failed, 130 when interrupted.
    func run(show: (CheckReport) throws -> Void) async throws {
        let targets = try CheckTargets(group: MultiThreadedEventLoopGroup.singleton).targets(of: configuration)
        let options = CheckOptions(
            timeout: timeout, sends: sends, source: configuration.source,
            redaction: Redaction(CheckTargets.secrets(of: configuration)))
        let progress = CheckProgress(total: targets.count)
        var hasFailed = false
        try await untilInterrupted {
            await CheckRun.report(
                targets, options, onStep: { progress.begin($0, $1) }, onDone: { progress.finish($0) })
        } report: { report in
            progress.clear()
            try show(report)
            hasFailed = report.hasFailed
        }
        if hasFailed { throw ExitCode.failure }
    }

    /// What a terminal shows.
    static func text() -> CheckText {
        let style = TerminalStyle.standardOutput()
        return CheckText(
            colour: { text, outcome in
                switch outcome {
                case .ok: style(text, .green)
                case .warning: style(text, .yellow)
                case .failed: style(text, .red)
                case .skipped: style(text, .dim)
                }
            }, bold: { style($0, .bold) })
    }
}
