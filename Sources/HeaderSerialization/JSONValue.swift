/// JSON as a tree, for the formats that have to build something else of it. Elsewhere JSON stays
/// the bytes it came as.
enum JSONValue: Hashable {
    case null
    case boolean(Bool)
    /// An integer that `Int64` holds.
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Hashable {
        var name: String
        var value: JSONValue
    }

    init(parsing bytes: ArraySlice<UInt8>) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            var scanner = JSONScanner(buffer)
            let value = try JSONValue(&scanner, depth: 0)
            try scanner.finish()
            return value
        }
    }

    private init(_ scanner: inout JSONScanner, depth: Int) throws(JSONError) {
        switch try scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            try scanner.skipObject(depth: depth) { (name, scanner) throws(JSONError) in
                let name = scanner.text(name)
                members.append(Member(name: name, value: try JSONValue(&scanner, depth: depth + 1)))
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.skipArray(depth: depth) { (scanner) throws(JSONError) in
                elements.append(try JSONValue(&scanner, depth: depth + 1))
            }
            self = .array(elements)
        default:
            let range = try scanner.skipValue()
            self.init(scalar: range, in: scanner)
        }
    }

    /// A string, number or word that the scanner passed.
    init(scalar range: Range<Int>, in scanner: JSONScanner) {
        switch scanner.bytes[range.lowerBound] {
        case UInt8(ascii: "\""): self = .string(scanner.text(range))
        case UInt8(ascii: "t"): self = .boolean(true)
        case UInt8(ascii: "f"): self = .boolean(false)
        case UInt8(ascii: "n"): self = .null
        default:
            let text = String(decoding: UnsafeBufferPointer(rebasing: scanner.bytes[range]), as: UTF8.self)
            self = Int64(text).map { .integer($0) } ?? .double(Double(text) ?? 0)
        }
    }
}
