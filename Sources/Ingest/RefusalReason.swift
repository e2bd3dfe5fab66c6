import HeaderSerialization

/// Why a message costs itself and nothing else (promise 6). Each has a counter.
public enum RefusalReason: Error, Sendable, Hashable {
    /// No subscription's template matches the topic.
    case noTemplateMatches
    /// The level that names the subject is empty.
    case emptySubject
    case payloadTooLarge(bytes: Int, limit: Int)
    /// The event is of another type than its subscription takes.
    case unexpectedType(found: String, expected: String)
    /// An attribute, property or body breaks a rule.
    case malformed(SerializationError)

    /// The counter's label: a fixed word, so that the number of counters is bounded.
    public var label: String {
        switch self {
        case .noTemplateMatches: "no-template-matches"
        case .emptySubject: "empty-subject"
        case .payloadTooLarge: "payload-too-large"
        case .unexpectedType: "unexpected-type"
        case .malformed(let error): error.rule.label
        }
    }
}

extension RefusalReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noTemplateMatches:
            "no subscription's topic template matches; add one for this topic or narrow the subscription"
        case .emptySubject:
            "the topic level that names the subject is empty; publish to a topic with the device's name in it"
        case .payloadTooLarge(let bytes, let limit):
            "the payload has \(bytes) bytes and the limit is \(limit); send less or raise maximumPayload"
        case .unexpectedType(let found, let expected):
            "the event's type is '\(found.prefix(64))', the subscription takes \(expected); publish it to the topic of its type"
        case .malformed(let error):
            "\(error)"
        }
    }
}

extension SerializationError.Rule {
    /// One word for each rule, whatever its numbers.
    var label: String {
        switch self {
        case .missing: "missing-attribute"
        case .empty: "empty-attribute"
        case .invalidName: "invalid-attribute-name"
        case .givenTwice: "given-twice"
        case .tooLong: "too-long"
        case .tooMany: "too-many"
        case .notRFC3339: "not-rfc3339"
        case .invalidUTF8: "invalid-utf8"
        case .controlCharacter: "control-character"
        case .notURI: "not-a-uri"
        case .brokenPercentEncoding: "broken-percent-encoding"
        case .brokenBase64: "broken-base64"
        case .notA: "wrong-value"
        case .unsupportedSpecVersion: "unsupported-specversion"
        case .reservedName: "reserved-name"
        case .bodyNotJSON: "body-not-json"
        case .invalidAMQP: "invalid-amqp"
        case .invalidCBOR: "invalid-cbor"
        case .invalidProtobuf: "invalid-protobuf"
        case .unsupportedMode: "unsupported-mode"
        }
    }
}
