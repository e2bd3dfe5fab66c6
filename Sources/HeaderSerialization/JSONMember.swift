import Notifications

/// A member of an object that a scanner passed, looked at where it stands.
struct JSONMember {
    private let scanner: JSONScanner
    let name: String
    let range: Range<Int>

    init(_ scanner: JSONScanner, name: String, range: Range<Int>) {
        self.scanner = scanner
        self.name = name
        self.range = range
    }

    private var first: UInt8 { scanner.bytes[range.lowerBound] }
    private var isString: Bool { first == UInt8(ascii: "\"") }
    private var isCompound: Bool { isObject || first == UInt8(ascii: "[") }
    private var scalar: JSONValue { JSONValue(scalar: range, in: scanner) }
    var isObject: Bool { first == UInt8(ascii: "{") }
    var isNull: Bool { first == UInt8(ascii: "n") }

    /// The text of a string; nil for any other value.
    var text: String? { isString ? scanner.text(range) : nil }

    /// The members of an object.
    func members() throws(JSONError) -> [JSONMember] {
        var inner = JSONScanner(scanner.bytes, range: range)
        return try inner.readMembers()
    }

    /// The value as a context attribute; nil for null, which means that the attribute is absent.
    func attributeValue() throws(SerializationError) -> AttributeValue? {
        guard !isCompound else { throw SerializationError(name, .notA("a string, boolean or integer")) }
        switch scalar {
        case .null: return nil
        case .boolean(let value): return .boolean(value)
        case .string(let text): return .string(text)
        case .integer(let number):
            if let value = Int32(exactly: number) { return .integer(value) }
            fallthrough
        default:
            let raw = String(decoding: UnsafeBufferPointer(rebasing: scanner.bytes[range]), as: UTF8.self)
            throw SerializationError(name, .notA("a 32-bit integer"), value: raw)
        }
    }

    /// The bytes that a Base64 string holds.
    func base64() throws(SerializationError) -> ArraySlice<UInt8> {
        if isNull { return [] }
        guard let text else { throw SerializationError(name, .notA("a string")) }
        guard let bytes = Base64.decode(text) else { throw SerializationError(name, .brokenBase64, value: text) }
        return bytes[...]
    }

    /// The value as a body: the JSON itself, out of `bytes`, or the text of a string where the
    /// content type is not JSON.
    func body(in bytes: ArraySlice<UInt8>, contentType: String?) -> ArraySlice<UInt8> {
        if isNull { return [] }
        if !MediaType.isJSON(contentType), let text { return Array(text.utf8)[...] }
        return bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound]
    }
}

extension JSONScanner {
    /// Moves past an object and returns its members.
    mutating func readMembers() throws(JSONError) -> [JSONMember] {
        var members: [JSONMember] = []
        try skipObject(depth: 0) { (name, scanner) throws(JSONError) in
            let name = scanner.text(name)
            let range = try scanner.skipValue(depth: 1)
            members.append(JSONMember(scanner, name: name, range: range))
        }
        return members
    }
}
