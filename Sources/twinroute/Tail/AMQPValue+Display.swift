import AMQPCodec
import Foundation
import HeaderSerialization

extension AMQPValue {
    /// The value for people: text as it is, everything else in its usual form.
    var displayText: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .ubyte(let value): "\(value)"
        case .ushort(let value): "\(value)"
        case .uint(let value): "\(value)"
        case .ulong(let value): "\(value)"
        case .byte(let value): "\(value)"
        case .short(let value): "\(value)"
        case .int(let value): "\(value)"
        case .long(let value): "\(value)"
        case .float(let value): "\(value)"
        case .double(let value): "\(value)"
        case .char(let value): String(Character(value))
        case .timestamp(let milliseconds): RFC3339.text(milliseconds: milliseconds)
        case .uuid(let value): "\(value)"
        case .binary(let bytes): String(validating: bytes, as: UTF8.self) ?? Data(bytes).base64EncodedString()
        case .string(let text), .symbol(let text): text
        case .list(let values): "[" + values.map(\.displayText).joined(separator: ", ") + "]"
        case .map(let map):
            "{" + map.entries.map { "\($0.key.displayText): \($0.value.displayText)" }.joined(separator: ", ") + "}"
        case .described(_, let value): value.displayText
        case .array, .decimal32, .decimal64, .decimal128: "\(self)"
        }
    }
}
