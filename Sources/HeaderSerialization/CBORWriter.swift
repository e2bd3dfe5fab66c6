import CCBOR

/// Appends CBOR (RFC 8949), through libcbor's encoder. Lengths are always definite.
struct CBORWriter {
    private(set) var bytes: [UInt8] = []
    /// Head of an item: a byte of type, and a number of up to eight.
    private static let maximumHead = 9

    mutating func append(_ value: JSONValue) {
        switch value {
        case .null: appendHead { cbor_encode_null($0, $1) }
        case .boolean(let value): appendHead { cbor_encode_bool(value, $0, $1) }
        case .integer(let number):
            // A negative number n goes as -1 - n.
            appendHead {
                number >= 0 ? cbor_encode_uint(UInt64(number), $0, $1) : cbor_encode_negint(UInt64(-1 - number), $0, $1)
            }
        case .double(let number): append(number)
        case .string(let text):
            appendHead { cbor_encode_string_start(text.utf8.count, $0, $1) }
            bytes.append(contentsOf: text.utf8)
        case .array(let elements):
            appendHead { cbor_encode_array_start(elements.count, $0, $1) }
            for element in elements { append(element) }
        case .object(let members):
            appendHead { cbor_encode_map_start(members.count, $0, $1) }
            for member in members {
                append(.string(member.name))
                append(member.value)
            }
        }
    }

    /// Single precision where that says the same (RFC 8949, section 4.1).
    private mutating func append(_ number: Double) {
        let single = Float(number)
        if Double(single) == number {
            appendHead { cbor_encode_single(single, $0, $1) }
        } else {
            appendHead { cbor_encode_double(number, $0, $1) }
        }
    }

    private mutating func appendHead(_ encode: (UnsafeMutablePointer<UInt8>?, Int) -> Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.maximumHead) { buffer in
            buffer.initialize(repeating: 0)
            let size = encode(buffer.baseAddress, buffer.count)
            bytes.append(contentsOf: buffer[..<size])
        }
    }
}
