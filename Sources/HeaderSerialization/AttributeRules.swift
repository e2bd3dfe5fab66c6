import Notifications

/// What CloudEvents 1.0 asks of attribute names and values, and this bridge's limits on both.
enum AttributeRules {
    /// Beyond any attribute in use, and well below what an AMQP or MQTT string can be.
    static let maximumValueBytes = 16_384
    /// CloudEvents recommends 20 at most.
    static let maximumNameBytes = 64

    /// Lower-case ASCII letters and digits; `data` is kept for the body.
    static func isValidName(_ name: some StringProtocol) -> Bool {
        let utf8 = name.utf8
        guard !utf8.isEmpty, utf8.count <= maximumNameBytes, name != "data" else { return false }
        return utf8.allSatisfy(isNameByte)
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    static func check(name: String) throws(SerializationError) {
        guard isValidName(name) else { throw SerializationError("attribute '\(name.prefix(64))'", .invalidName) }
    }

    /// Length, and the characters that a CloudEvents String leaves out ("Type system").
    static func check(text: String, of attribute: String) throws(SerializationError) {
        let size = text.utf8.count
        guard size <= maximumValueBytes else {
            throw SerializationError(attribute, .tooLong(bytes: size, limit: maximumValueBytes))
        }
        if hasControlCharacter(text) { throw SerializationError(attribute, .controlCharacter) }
    }

    static func check(uri text: String, of attribute: String) throws(SerializationError) {
        try check(text: text, of: attribute)
        if text.utf8.contains(UInt8(ascii: " ")) { throw SerializationError(attribute, .notURI, value: text) }
    }

    static func check(time text: String, of attribute: String) throws(SerializationError) {
        guard RFC3339.isValid(text) else { throw SerializationError(attribute, .notRFC3339, value: text) }
    }

    /// `type/subtype`, and parameters that nobody here looks at (RFC 2046).
    static func check(mediaType text: String, of attribute: String) throws(SerializationError) {
        let parts = text.utf8.prefix { $0 != UInt8(ascii: ";") }.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw SerializationError(attribute, .notA("a media type like application/json"), value: text)
        }
    }

    /// U+0000 to U+001F and U+007F to U+009F.
    private static func hasControlCharacter(_ text: String) -> Bool {
        text.utf8.withContiguousBytes { bytes in
            var previous: UInt8 = 0
            for byte in bytes {
                // U+0080 to U+009F are C2 80 to C2 9F.
                if byte < 0x20 || byte == 0x7F || previous == 0xC2 && byte < 0xA0 { return true }
                previous = byte
            }
            return false
        }
    }

    /// Whether a Content-Type says that the message is a whole CloudEvent or a batch of them.
    static func isCloudEvents(mediaType: String) -> Bool {
        let marker = "application/cloudevents".utf8
        // Setting the bit 0x20 makes letters lower case and leaves the slash as it is.
        return mediaType.utf8.count >= marker.count && zip(mediaType.utf8, marker).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
}

extension AttributeValue {
    /// The canonical string of the CloudEvents type system: what goes where a protocol has text only.
    public var text: String {
        switch self {
        case .string(let text), .uri(let text), .uriReference(let text), .timestamp(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .binary(let bytes): Base64.encode(bytes[...])
        }
    }
}
