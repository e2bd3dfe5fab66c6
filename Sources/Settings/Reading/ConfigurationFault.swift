/// One thing that is wrong with a configuration, where it is, and what to do about it.
public struct ConfigurationFault: Sendable, Hashable {
    /// As it was named to the loader.
    public let file: String
    public let position: SourcePosition
    /// Never holds a secret nor the value of a variable.
    public let message: String
    public let remedy: String

    public init(file: String, position: SourcePosition, message: String, remedy: String) {
        self.file = file
        self.position = position
        self.message = message
        self.remedy = remedy
    }
}

extension ConfigurationFault: CustomStringConvertible {
    /// `file:line:column: message (remedy)`
    public var description: String {
        "\(file):\(position.line):\(position.column): \(message) (\(remedy))"
    }
}

/// A place in a text: both count from 1, columns in Unicode scalars.
public struct SourcePosition: Sendable, Hashable, Comparable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// Every fault of one configuration, in the order of the file.
public struct ConfigurationFaults: Error, Sendable, Hashable, CustomStringConvertible {
    public let faults: [ConfigurationFault]

    public init(_ faults: [ConfigurationFault]) {
        self.faults = faults.sorted { $0.position < $1.position }
    }

    /// One fault a line.
    public var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
