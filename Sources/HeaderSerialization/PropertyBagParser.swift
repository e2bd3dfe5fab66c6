import Notifications

/// Reads the text of a bag. On the way of every message of a device topic, so it works on bytes in
/// place and makes a string only of what is kept.
extension PropertyBag {
    /// The keys that are no properties, by what follows their `$.`: at most four bytes in one number.
    private enum FieldKey: UInt32 {
        case messageID = 0x6D_6964  // mid
        case correlationID = 0x63_6964  // cid
        case userID = 0x75_6964  // uid
        case contentType = 0x6374  // ct
        case contentEncoding = 0x6365  // ce
        case expiry = 0x65_7870  // exp
        case component = 0x73_7562  // sub
        case replyTo = 0x72_746F  // rto
    }

    private static func fieldKey(_ key: UnsafeBufferPointer<UInt8>) -> FieldKey? {
        guard key.count == 4 || key.count == 5, key[0] == UInt8(ascii: "$"), key[1] == UInt8(ascii: ".") else { return nil }
        var code: UInt32 = 0
        for byte in key[2...] { code = code << 8 | UInt32(byte) }
        return FieldKey(rawValue: code)
    }

    /// Whether a key, without its marks, is no property's.
    static func isReserved(_ key: Substring.UTF8View) -> Bool {
        guard key.first == UInt8(ascii: "$") else { return false }
        return key.withContiguousBytes { fieldKey($0) != nil }
    }

    mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(SerializationError) {
        var start = 0
        var end = bytes.count
        if end > start, bytes[start] == UInt8(ascii: "?") { start += 1 }
        if end > start, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
        var equals: Int?
        var index = start
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "&") {
                try parseEntry(bytes, start, equals, index)
                start = index + 1
                equals = nil
            } else if byte == UInt8(ascii: "="), equals == nil {
                equals = index
            }
            index += 1
        }
        try parseEntry(bytes, start, equals, end)
    }

    private mutating func parseEntry(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ equals: Int?, _ end: Int
    ) throws(SerializationError) {
        guard start < end else { return }
        let rawKey = UnsafeBufferPointer(rebasing: bytes[start..<(equals ?? end)])
        let value = equals.map { UnsafeBufferPointer(rebasing: bytes[($0 + 1)..<end]) }
        if let value, let field = Self.fieldKey(rawKey) { return try setField(field, value) }
        let key = try PercentEncoding.decodeText(rawKey, of: "property name")
        // A key of the hub's may be percent-encoded like any other.
        if let value, key.utf8.count < rawKey.count,
            let field = key.utf8.withContiguousBytes({ Self.fieldKey($0) })
        {
            return try setField(field, value)
        }
        let name = PropertyName.ofPublisher(PropertyName.unmarked(key, where: Self.isReserved))
        guard let value else { return try append(name, nil, key: key) }
        try append(name, try PercentEncoding.decodeText(value, of: "property '\(key)'"), key: key)
    }

    private mutating func append(_ name: String, _ value: String?, key: String) throws(SerializationError) {
        guard !properties.contains(where: { $0.name == name }) else {
            throw SerializationError("property '\(key)'", .givenTwice)
        }
        guard properties.count < PropertyBag.maximumCount else {
            throw SerializationError("properties", .tooMany(limit: PropertyBag.maximumCount))
        }
        properties.append(Property(name: name, value: value))
    }

    private mutating func setField(
        _ field: FieldKey, _ value: UnsafeBufferPointer<UInt8>
    ) throws(SerializationError) {
        switch field {
        case .messageID: try Self.assignText(&messageFields.messageID, "$.mid", value)
        case .correlationID: try Self.assignBytes(&messageFields.correlationID, "$.cid", value)
        case .userID: try Self.assignBytes(&messageFields.userID, "$.uid", value)
        case .contentType: try Self.assignText(&contentType, "$.ct", value)
        case .contentEncoding: try Self.assignText(&messageFields.contentEncoding, "$.ce", value)
        case .replyTo: try Self.assignText(&messageFields.replyTo, Self.replyToKey, value)
        case .expiry:
            guard messageFields.expiresAtMilliseconds == nil else { throw SerializationError("$.exp", .givenTwice) }
            let text = try PercentEncoding.decodeText(value, of: "$.exp")
            guard let time = Int64(text) ?? RFC3339.milliseconds(text) else {
                throw SerializationError("$.exp", .notRFC3339, value: text)
            }
            messageFields.expiresAtMilliseconds = time
        case .component:
            try append(SystemAnnotation.subject, try PercentEncoding.decodeText(value, of: "$.sub"), key: "$.sub")
        }
    }

    private static func assignText(
        _ field: inout String?, _ key: String, _ value: UnsafeBufferPointer<UInt8>
    ) throws(SerializationError) {
        guard field == nil else { throw SerializationError(key, .givenTwice) }
        field = try PercentEncoding.decodeText(value, of: key)
    }

    private static func assignBytes(
        _ field: inout [UInt8]?, _ key: String, _ value: UnsafeBufferPointer<UInt8>
    ) throws(SerializationError) {
        guard field == nil else { throw SerializationError(key, .givenTwice) }
        guard let bytes = PercentEncoding.decode(value) else {
            throw SerializationError(key, .brokenPercentEncoding, value: String(decoding: value, as: UTF8.self))
        }
        field = bytes
    }
}
