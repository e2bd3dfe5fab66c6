import Foundation
import Notifications
import Routing
import Yams

/// Reads configurations: all of one or none of it (design.md 5.2).
public struct ConfigurationLoader: Sendable {
    private let environment: [String: String]

    /// - Parameter environment: What `${NAME}` reads.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    /// Reads a file. Relative names inside it start in its folder.
    public func load(_ file: String) throws(ConfigurationFaults) -> LoadedConfiguration {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().standardizedFileURL.path
        switch FileText.bytes(file) {
        case .failure(let problem):
            let fault = ConfigurationFault(
                file: file, position: SourcePosition(line: 1, column: 1), message: "the file \(problem)",
                remedy: "name a configuration with --config")
            throw ConfigurationFaults([fault])
        case .success(let bytes):
            return try load(bytes: bytes, file: file, folder: folder)
        }
    }

    /// Reads a configuration that is in memory.
    ///
    /// - Parameters:
    ///   - bytes: YAML in UTF-8.
    ///   - file: What faults call it.
    ///   - folder: Where relative names start: an absolute path.
    public func load(bytes: [UInt8], file: String, folder: String) throws(ConfigurationFaults) -> LoadedConfiguration {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let position = YAMLText.position(ofFirstInvalidByteIn: bytes)
            let fault = ConfigurationFault(
                file: file, position: position, message: "the file is not UTF-8", remedy: "save it as UTF-8")
            throw ConfigurationFaults([fault])
        }
        let source = SourceText(text)
        let shield = ReferenceShield(for: text)
        var reading = Reading(file: file, folder: folder, environment: environment, source: source, shield: shield)
        let root = try YAMLText.compose(shield.shield(text), file: file, source: source)
        let configuration = BridgeSchema.section.read(root, &reading)
        Self.checkReferences(root, &reading)
        guard reading.faults.isEmpty, var configuration else { throw ConfigurationFaults(reading.faults) }
        configuration.data = reading.resolve(configuration.data)
        return LoadedConfiguration(
            configuration: configuration, file: file, source: source, positions: reading.positions,
            texts: reading.texts)
    }

    /// Routes may name endpoints that stand later in the file, or that have faults of their own.
    private static func checkReferences(_ root: Node, _ reading: inout Reading) {
        let known = root["endpoints"]?.mapping?.compactMap(\.key.scalar?.string) ?? []
        for reference in reading.endpointReferences where !known.contains(reference.name) {
            let remedy = Spelling.nearest(to: reference.name, among: known).map { "did you mean '\($0)'?" }
            let name = ScalarText(raw: reference.name).quoted
            reading.fault(
                at: reference.position, "no endpoint is named \(name)",
                remedy: remedy ?? (known.isEmpty ? "declare it in endpoints" : "known: \(known.joined(separator: ", "))"))
        }
    }
}
