/// A configuration with the places of its fields, for faults that only other rooms can find: a
/// filter that does not parse, a broker that refuses the login.
public struct LoadedConfiguration: Sendable {
    public let configuration: BridgeConfiguration
    private let file: String
    private let source: SourceText
    private let positions: [String: FieldPosition]
    private let texts: [String: String]

    init(
        configuration: BridgeConfiguration, file: String, source: SourceText, positions: [String: FieldPosition],
        texts: [String: String]
    ) {
        self.configuration = configuration
        self.file = file
        self.source = source
        self.positions = positions
        self.texts = texts
    }

    /// A fault at a field.
    ///
    /// - Parameters:
    ///   - path: The field, such as `routes[0].filter`.
    ///   - offset: A place inside the field's text, in Unicode scalars from 0; the field's start
    ///     where the text came from a variable.
    public func fault(
        at path: String, offset: Int = 0, message: String, remedy: String
    ) -> ConfigurationFault {
        ConfigurationFault(file: file, position: position(at: path, offset: offset), message: message, remedy: remedy)
    }

    func warning(
        at path: String, offset: Int = 0, severity: ConfigurationWarning.Severity, message: String, remedy: String?
    ) -> ConfigurationWarning {
        ConfigurationWarning(
            file: file, position: position(at: path, offset: offset), severity: severity, message: message, remedy: remedy)
    }

    /// No variable is part of the field's text.
    func isPlain(_ path: String) -> Bool { texts[path] != nil }

    private func position(at path: String, offset: Int) -> SourcePosition {
        guard let field = positions[path] else { return SourcePosition(line: 1, column: 1) }
        return texts[path].map { source.position(of: offset, in: $0, of: field) } ?? field.start
    }
}

extension LoadedConfiguration: CustomReflectable {
    /// Only the configuration, which masks its secrets: the file's text would show them.
    public var customMirror: Mirror { Mirror(self, children: ["configuration": configuration]) }
}
