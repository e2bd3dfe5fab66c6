/// Where and why bytes are not JSON (RFC 8259).
public struct JSONError: Error, Sendable, Hashable {
    public enum Problem: String, Sendable, Hashable {
        case empty = "there is nothing"
        case unexpectedEnd = "it ends too early"
        case unexpectedByte = "unexpected byte"
        case trailingBytes = "something follows the value"
        case tooDeep = "arrays and objects are nested too deep"
        case badNumber = "malformed number"
        case numberTooLarge = "a number is beyond what a double holds"
        case badEscape = "malformed escape in a string"
        case controlCharacter = "control character in a string"
        case invalidUTF8 = "invalid UTF-8 in a string"
    }

    public var problem: Problem
    /// Bytes from the start of the JSON text.
    public var position: Int

    public init(_ problem: Problem, at position: Int) {
        self.problem = problem
        self.position = position
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String { "\(problem.rawValue) at byte \(position)" }
}
