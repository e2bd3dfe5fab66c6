import ArgumentParser
import Checking
import Foundation
import Settings

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads a configuration and reports every fault, and what is probably not meant.",
        discussion: """
            Ends with 1 where there is a fault. Warnings and notes are no faults.

            --connect tries every broker and endpoint, each endpoint with each of its keys, and takes \
            nothing from the bridge that runs: its session stays as it is. No event is sent unless \
            --send asks for one.

            Examples:
              twinroute check --config bridge.yaml
              twinroute check --config bridge.yaml --connect
              twinroute check --config bridge.yaml --connect --send --timeout 30 --json
            """)

    @Option(name: .shortAndLong, help: "YAML configuration. Without it: embedded defaults.")
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Try every broker and endpoint, with each key.")
    var connect = false

    @Flag(help: "With --connect: send one marked event to each endpoint.")
    var send = false

    @Option(help: "With --connect: seconds that a step may take.")
    var timeout = 10.0

    func validate() throws {
        if send, !connect { throw ValidationError("--send goes with --connect") }
        guard (0.1...600).contains(timeout) else { throw ValidationError("--timeout is 0.1 to 600 seconds") }
    }

    func run() async throws {
        var faults: [ConfigurationFault] = []
        var warnings: [ConfigurationWarning] = []
        var summary = "embedded defaults"
        var configuration = EmbeddedDefaults().configuration
        if let config {
            do throws(ConfigurationFaults) {
                let loaded = try ConfigurationLoader().load(config)
                warnings = loaded.warnings
                configuration = loaded.configuration
                summary = "\(config): \(Self.inventory(of: loaded.configuration))"
            } catch {
                faults = error.faults
                summary = config
            }
        }
        // What the file says is known at once; it is shown before anything takes its time.
        if !json { printText(faults, warnings, summary) }
        guard connect, faults.isEmpty else {
            if json { print(try jsonText(faults, warnings)) }
            if !faults.isEmpty { throw ExitCode.failure }
            return
        }
        let checked = ConnectionCheck(configuration: configuration, timeout: .milliseconds(Int64(timeout * 1000)), sends: send)
        try await reportingExpectedErrors {
            try await checked.run { report in
                if json {
                    print(try jsonText(faults, warnings, report))
                } else {
                    print()
                    for line in ConnectionCheck.text().lines(report) { print(line) }
                    if !send { print("No event was sent; --send sends one marked event to each endpoint.") }
                }
            }
        }
    }

    private func printText(_ faults: [ConfigurationFault], _ warnings: [ConfigurationWarning], _ summary: String) {
        for fault in faults { print("\(fault)") }
        for warning in warnings { print("\(warning)") }
        let severe = warnings.count { $0.severity == .warning }
        print("\(summary): \(Self.count(faults.count, "fault")), \(Self.count(severe, "warning")), \(Self.count(warnings.count - severe, "note"))")
    }

    private static func inventory(of configuration: BridgeConfiguration) -> String {
        [
            count(configuration.brokers.count, "broker"), count(configuration.endpoints.count, "endpoint"),
            count(configuration.routes.count, "route"),
        ].joined(separator: ", ")
    }

    private static func count(_ number: Int, _ word: String) -> String {
        number == 1 ? "1 \(word)" : "\(number == 0 ? "no" : "\(number)") \(word)s"
    }

    private func jsonText(
        _ faults: [ConfigurationFault], _ warnings: [ConfigurationWarning], _ report: CheckReport? = nil
    ) throws -> String {
        func entry(_ file: String, _ place: Settings.SourcePosition, _ message: String, _ remedy: String?) -> [String: Any] {
            var object: [String: Any] = ["file": file, "line": place.line, "column": place.column, "message": message]
            object["remedy"] = remedy
            return object
        }
        var object: [String: Any] = [
            "faults": faults.map { entry($0.file, $0.position, $0.message, $0.remedy) },
            "warnings": warnings.map { warning in
                entry(warning.file, warning.position, warning.message, warning.remedy)
                    .merging(["severity": warning.severity.rawValue]) { first, _ in first }
            },
        ]
        if let report {
            object["targets"] = CheckJSON.targets(report)
            object["failed"] = report.count(.failed)
        }
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
