import ArgumentParser
import Foundation
import Settings

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads a configuration and reports every fault, and what is probably not meant.",
        discussion: """
            Ends with 1 where there is a fault. Warnings and notes are no faults.

            Examples:
              twinroute check --config bridge.yaml
              twinroute check --config bridge.yaml --json
            """)

    @Option(name: .shortAndLong, help: "YAML configuration. Without it: embedded defaults.")
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var faults: [ConfigurationFault] = []
        var warnings: [ConfigurationWarning] = []
        var summary = "embedded defaults"
        if let config {
            do throws(ConfigurationFaults) {
                let loaded = try ConfigurationLoader().load(config)
                warnings = loaded.warnings
                summary = "\(config): \(Self.inventory(of: loaded.configuration))"
            } catch {
                faults = error.faults
                summary = config
            }
        }
        if json {
            print(try jsonText(faults, warnings))
        } else {
            for fault in faults { print("\(fault)") }
            for warning in warnings { print("\(warning)") }
            let severe = warnings.count { $0.severity == .warning }
            print("\(summary): \(Self.count(faults.count, "fault")), \(Self.count(severe, "warning")), \(Self.count(warnings.count - severe, "note"))")
        }
        if !faults.isEmpty { throw ExitCode.failure }
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

    private func jsonText(_ faults: [ConfigurationFault], _ warnings: [ConfigurationWarning]) throws -> String {
        func entry(_ file: String, _ place: Settings.SourcePosition, _ message: String, _ remedy: String?) -> [String: Any] {
            var object: [String: Any] = ["file": file, "line": place.line, "column": place.column, "message": message]
            object["remedy"] = remedy
            return object
        }
        let object: [String: Any] = [
            "faults": faults.map { entry($0.file, $0.position, $0.message, $0.remedy) },
            "warnings": warnings.map { warning in
                entry(warning.file, warning.position, warning.message, warning.remedy)
                    .merging(["severity": warning.severity.rawValue]) { first, _ in first }
            },
        ]
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
