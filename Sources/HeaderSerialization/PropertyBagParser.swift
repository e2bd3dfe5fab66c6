import Notifications

/// Reads the text of a ``PropertyBag``. On the way of every message of a device topic, so it works
/// on bytes and makes a string only of what is kept.
struct PropertyBagParser {
    private(set) var bag = PropertyBag()

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
        let key = try PercentEncoding.decodeText(
            UnsafeBufferPointer(rebasing: bytes[start..<(equals ?? end)]), of: "property name")
        guard let equals else { return try add(key, nil) }
        let value = UnsafeBufferPointer(rebasing: bytes[(equals + 1)..<end])
        if key.utf8.first == UInt8(ascii: "$"), try setField(key, value) { return }
        try add(key, try PercentEncoding.decodeText(value, of: "property '\(key)'"))
    }

    private mutating func add(_ key: String, _ value: String?) throws(SerializationError) {
        let name = PropertyName.unmarked(key, where: PropertyBag.isReserved)
        try append(PropertyName.ofPublisher(name), value, key: key)
    }

    private mutating func append(_ name: String, _ value: String?, key: String) throws(SerializationError) {
        guard !bag.properties.contains(where: { $0.name == name }) else {
            throw SerializationError("property '\(key)'", .givenTwice)
        }
        guard bag.properties.count < PropertyBag.maximumCount else {
            throw SerializationError("properties", .tooMany(limit: PropertyBag.maximumCount))
        }
        bag.properties.append(Property(name: name, value: value))
    }

    /// False for a key that is none of the message's fields.
    private mutating func setField(
        _ key: String, _ value: UnsafeBufferPointer<UInt8>
    ) throws(SerializationError) -> Bool {
        switch key {
        case "$.mid": try assign(&bag.messageFields.messageID, key, try PercentEncoding.decodeText(value, of: key))
        case "$.cid": try assign(&bag.messageFields.correlationID, key, try decodeBytes(value, of: key))
        case "$.uid": try assign(&bag.messageFields.userID, key, try decodeBytes(value, of: key))
        case "$.ct": try assign(&bag.contentType, key, try PercentEncoding.decodeText(value, of: key))
        case "$.ce": try assign(&bag.messageFields.contentEncoding, key, try PercentEncoding.decodeText(value, of: key))
        case PropertyBag.replyToKey:
            try assign(&bag.messageFields.replyTo, key, try PercentEncoding.decodeText(value, of: key))
        case "$.exp":
            let text = try PercentEncoding.decodeText(value, of: key)
            guard let time = Int64(text) ?? RFC3339.milliseconds(text) else {
                throw SerializationError(key, .notRFC3339, value: text)
            }
            try assign(&bag.messageFields.expiresAtMilliseconds, key, time)
        case "$.sub":
            try append(SystemAnnotation.subject, try PercentEncoding.decodeText(value, of: key), key: key)
        default: return false
        }
        return true
    }

    private func assign<Value>(_ field: inout Value?, _ key: String, _ value: Value) throws(SerializationError) {
        guard field == nil else { throw SerializationError(key, .givenTwice) }
        field = value
    }

    private func decodeBytes(_ value: UnsafeBufferPointer<UInt8>, of key: String) throws(SerializationError) -> [UInt8] {
        guard let bytes = PercentEncoding.decode(value) else {
            throw SerializationError(key, .brokenPercentEncoding, value: String(decoding: value, as: UTF8.self))
        }
        return bytes
    }
}
