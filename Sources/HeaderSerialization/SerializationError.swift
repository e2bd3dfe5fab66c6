/// A header or a body that breaks a rule of its protocol or of CloudEvents.
///
/// One bad event costs that event: the error names the attribute and the rule, so that an
/// operator can tell the publisher what to mend.
public struct SerializationError: Error, Sendable, Hashable {
    public enum Rule: Sendable, Hashable {
        case missing
        case empty
        /// Attribute names are lower-case letters and digits (CloudEvents 1.0, "Naming conventions").
        case invalidName
        case givenTwice
        case tooLong(bytes: Int, limit: Int)
        case tooMany(limit: Int)
        case notRFC3339
        case invalidUTF8
        case controlCharacter
        /// White space in a URI or URI reference.
        case notURI
        case brokenPercentEncoding
        case brokenBase64
        /// The value is not what the attribute takes; what it takes.
        case notA(String)
        case unsupportedSpecVersion
        /// A name that the protocol keeps for itself.
        case reservedName
        case bodyNotJSON(JSONError)
        case invalidAMQP(String)
        case invalidCBOR(String)
        case invalidProtobuf(String)
        /// The mode or the content type is one that this protocol does not carry.
        case unsupportedMode
    }

    /// The attribute, header or part of the message.
    public var attribute: String
    public var rule: Rule
    /// The beginning of the offending value, where one helps.
    public var value: String?

    /// Characters of a value that an error shows.
    static let shownCharacters = 64

    public init(_ attribute: String, _ rule: Rule, value: String? = nil) {
        self.attribute = attribute
        self.rule = rule
        self.value = value.map { String($0.prefix(Self.shownCharacters)) }
    }
}

extension SerializationError: CustomStringConvertible {
    public var description: String {
        let shown = value.map { " ('\($0)')" } ?? ""
        return "\(attribute)\(shown): \(rule)"
    }
}

extension SerializationError.Rule: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "is required and missing"
        case .empty: "is empty; give it a value or leave it out"
        case .invalidName: "attribute names are 1 to 64 lower-case letters and digits, and not 'data'"
        case .givenTwice: "is given twice"
        case .tooLong(let bytes, let limit): "takes \(bytes) bytes of at most \(limit)"
        case .tooMany(let limit): "are more than \(limit)"
        case .notRFC3339: "is not an RFC 3339 time like 2030-01-31T12:00:00Z"
        case .invalidUTF8: "is not valid UTF-8"
        case .controlCharacter: "contains a control character"
        case .notURI: "contains white space, which no URI does; percent-encode it"
        case .brokenPercentEncoding: "has a % that two hexadecimal digits do not follow"
        case .brokenBase64: "is not Base64"
        case .notA(let what): "is not \(what)"
        case .unsupportedSpecVersion: "only version 1.0 is understood"
        case .reservedName: "is a name that the protocol keeps for itself"
        case .bodyNotJSON(let error): "claims to be JSON and is not: \(error)"
        case .invalidAMQP(let what): "is not what the AMQP binding allows: \(what)"
        case .invalidCBOR(let what): "is not CBOR that can be read: \(what)"
        case .invalidProtobuf(let what): "is not a protobuf event: \(what)"
        case .unsupportedMode: "is of a mode or content type that this protocol does not carry"
        }
    }
}
