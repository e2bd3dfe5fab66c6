/// Something in a configuration that is allowed and probably not meant.
public struct ConfigurationWarning: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable {
        /// It does what it says, which may surprise.
        case note
        case warning
    }

    public let file: String
    public let position: SourcePosition
    public let severity: Severity
    /// Never holds a secret nor the value of a variable.
    public let message: String
    public let remedy: String?
}

extension ConfigurationWarning: CustomStringConvertible {
    /// `file:line:column: warning: message (remedy)`
    public var description: String {
        "\(file):\(position.line):\(position.column): \(severity): \(message)" + (remedy.map { " (\($0))" } ?? "")
    }
}
