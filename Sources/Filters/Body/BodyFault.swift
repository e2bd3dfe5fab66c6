/// Why a body is not JSON. Such a body has no fields.
public struct BodyFault: Sendable, Hashable {
    public enum Reason: String, Sendable, Hashable {
        case unexpectedEnd = "the body ends within a value"
        case unexpectedByte = "a byte that cannot stand here"
        case badNumber = "a number that is not JSON"
        case badString = "a string that is not JSON"
        case notUTF8 = "bytes that are not UTF-8"
        case trailingBytes = "more after the value"
        case tooDeep = "nested too deeply"
        case tooLong = "longer than 4 GiB"
    }

    public var reason: Reason
    /// Bytes from the start of the body.
    public var offset: Int
}

extension BodyFault: CustomStringConvertible {
    public var description: String { "the body is not JSON: \(reason.rawValue), at byte \(offset)" }
}
