/// Takes the fields of a composite type from a list, in order. A list may end early: what is
/// missing is null (AMQP 1.0 part 1, section 1.4).
struct AMQPFields {
    private let values: [AMQPValue]
    private let position: Int
    private var next = 0

    /// - Parameter position: where the list stands in the input, for error messages.
    init(_ values: [AMQPValue], position: Int) {
        self.values = values
        self.position = position
    }

    /// The list without the nulls at its end.
    static func trimmed(_ values: [AMQPValue]) -> [AMQPValue] {
        guard let last = values.lastIndex(where: { $0 != .null }) else { return [] }
        return Array(values[...last])
    }

    mutating func any() -> AMQPValue? {
        defer { next += 1 }
        guard next < values.count, values[next] != .null else { return nil }
        return values[next]
    }

    private func wrongType(_ field: String, _ found: AMQPValue) -> AMQPDecodingError {
        AMQPDecodingError(position: position, problem: .wrongType(field: field, found: found.type))
    }

    mutating func boolean(_ field: String) throws(AMQPDecodingError) -> Bool? {
        guard let value = any() else { return nil }
        guard case .boolean(let result) = value else { throw wrongType(field, value) }
        return result
    }

    mutating func ubyte(_ field: String) throws(AMQPDecodingError) -> UInt8? {
        guard let value = any() else { return nil }
        guard case .ubyte(let result) = value else { throw wrongType(field, value) }
        return result
    }

    mutating func uint(_ field: String) throws(AMQPDecodingError) -> UInt32? {
        guard let value = any() else { return nil }
        guard case .uint(let result) = value else { throw wrongType(field, value) }
        return result
    }

    mutating func timestamp(_ field: String) throws(AMQPDecodingError) -> Int64? {
        guard let value = any() else { return nil }
        guard case .timestamp(let result) = value else { throw wrongType(field, value) }
        return result
    }

    /// A string or a symbol: senders mix them up, and both are text.
    mutating func text(_ field: String) throws(AMQPDecodingError) -> String? {
        guard let value = any() else { return nil }
        guard let result = value.text else { throw wrongType(field, value) }
        return result
    }

    /// Bytes; the UTF-8 of a string is taken too, for some senders write user-id as one.
    mutating func binary(_ field: String) throws(AMQPDecodingError) -> [UInt8]? {
        guard let value = any() else { return nil }
        switch value {
        case .binary(let bytes): return bytes
        case .string(let text): return Array(text.utf8)
        default: throw wrongType(field, value)
        }
    }
}
