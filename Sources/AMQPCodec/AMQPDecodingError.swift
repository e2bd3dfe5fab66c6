/// Bytes that are not what AMQP 1.0 allows, or more than the limits allow.
public struct AMQPDecodingError: Error, Sendable, Hashable {
    public enum Problem: Sendable, Hashable {
        /// A value says that it is longer than what is left.
        case truncated(needed: Int, available: Int)
        case unknownFormatCode(UInt8)
        case invalidUTF8(AMQPType)
        /// Not a Unicode scalar value.
        case invalidCharacter(UInt32)
        /// Neither 0 nor 1 in the one-byte form.
        case invalidBoolean(UInt8)
        /// The elements of a list, map or array end elsewhere than its size says.
        case sizeMismatch(AMQPType)
        /// A map with a key and no value.
        case oddMapCount(Int)
        case tooDeep(limit: Int)
        case tooManyValues(limit: Int)
        /// The named field is there with another type.
        case wrongType(field: String, found: AMQPType)
        /// A message section that is unknown, out of order or there twice.
        case unexpectedSection(String)
        case trailingBytes(Int)
    }

    /// Where the offending value begins: bytes from the start of the input.
    public var position: Int
    public var problem: Problem

    public init(position: Int, problem: Problem) {
        self.position = position
        self.problem = problem
    }
}

extension AMQPDecodingError: CustomStringConvertible {
    public var description: String {
        "AMQP data, byte \(position): \(problem)"
    }
}

extension AMQPDecodingError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let available):
            "\(needed) bytes needed, \(available) left"
        case .unknownFormatCode(let code):
            "unknown format code 0x\(String(code, radix: 16))"
        case .invalidUTF8(let type):
            "a \(type) is not valid UTF-8"
        case .invalidCharacter(let value):
            "char 0x\(String(value, radix: 16)) is not a Unicode scalar value"
        case .invalidBoolean(let value):
            "a boolean is neither 0 nor 1 but \(value)"
        case .sizeMismatch(let type):
            "the elements of a \(type) do not end where its size says"
        case .oddMapCount(let count):
            "a map has \(count) elements, which is not an even number"
        case .tooDeep(let limit):
            "values are nested deeper than \(limit) levels"
        case .tooManyValues(let limit):
            "more than \(limit) values"
        case .wrongType(let field, let found):
            "\(field) is of type \(found)"
        case .unexpectedSection(let name):
            "section \(name) is unknown, out of order or there twice"
        case .trailingBytes(let count):
            "\(count) bytes follow the value"
        }
    }
}
