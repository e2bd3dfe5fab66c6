import Notifications

/// Gathers context attributes as a protocol hands them over, checks each against the rules of
/// CloudEvents 1.0, and makes a notification of them.
struct AttributeCollector {
    private var id: String?
    private var source: String?
    private var type: String?
    private var specVersion: String?
    private var subject: String?
    private var time: String?
    private var dataContentType: String?
    private var dataSchema: String?
    private var sequence: String?
    private var sequenceType: String?
    private var traceParent: String?
    private var extensions: [ExtensionAttribute] = []

    static let specVersionValue = "1.0"

    /// Whether nothing that only a CloudEvent has was given: then the message is none.
    var isEmpty: Bool { specVersion == nil }

    mutating func set(_ name: String, _ text: String) throws(SerializationError) {
        try set(name, .string(text))
    }

    mutating func set(_ name: String, _ value: AttributeValue) throws(SerializationError) {
        switch name {
        case "id": try Self.assign(&id, name, value)
        case "source":
            try Self.assign(&source, name, value)
            try AttributeRules.check(uri: value.text, of: name)
        case "type": try Self.assign(&type, name, value)
        case "specversion": try Self.assign(&specVersion, name, value)
        case "subject":
            // Digital Twins sends an empty subject where it has none (reference 1.2).
            if value == .string("") { return }
            try Self.assign(&subject, name, value)
        case "time":
            try Self.assign(&time, name, value)
            try AttributeRules.check(time: value.text, of: name)
        case "datacontenttype":
            try Self.assign(&dataContentType, name, value)
            try AttributeRules.check(mediaType: value.text, of: name)
        case "dataschema":
            try Self.assign(&dataSchema, name, value)
            try AttributeRules.check(uri: value.text, of: name)
        case "sequence": try Self.assign(&sequence, name, value)
        case "sequencetype": try Self.assign(&sequenceType, name, value)
        case "traceparent": try Self.assign(&traceParent, name, value)
        default: try append(name, value)
        }
    }

    private static func assign(
        _ field: inout String?, _ name: String, _ value: AttributeValue
    ) throws(SerializationError) {
        guard field == nil else { throw SerializationError(name, .givenTwice) }
        switch value {
        case .string, .uri, .uriReference, .timestamp: break
        // Some senders write the number as one.
        case .integer where name == "sequence": break
        case .integer, .boolean, .binary: throw SerializationError(name, .notA("text"), value: value.text)
        }
        let text = value.text
        guard !text.isEmpty else { throw SerializationError(name, .empty) }
        try AttributeRules.check(text: text, of: name)
        field = text
    }

    private mutating func append(_ name: String, _ value: AttributeValue) throws(SerializationError) {
        try AttributeRules.check(name: name)
        guard !extensions.contains(where: { $0.name == name }) else { throw SerializationError(name, .givenTwice) }
        switch value {
        case .string(let text): try AttributeRules.check(text: text, of: name)
        case .uri(let text), .uriReference(let text): try AttributeRules.check(uri: text, of: name)
        case .timestamp(let text): try AttributeRules.check(time: text, of: name)
        case .binary(let bytes):
            guard bytes.count <= AttributeRules.maximumValueBytes else {
                throw SerializationError(name, .tooLong(bytes: bytes.count, limit: AttributeRules.maximumValueBytes))
            }
        case .boolean, .integer: break
        }
        extensions.append(ExtensionAttribute(name: name, value: value))
    }

    /// The protocol's own content type field, which goes before an attribute of that meaning.
    mutating func overrideDataContentType(_ value: String) throws(SerializationError) {
        guard !value.isEmpty else { return }
        try AttributeRules.check(text: value, of: "datacontenttype")
        try AttributeRules.check(mediaType: value, of: "datacontenttype")
        dataContentType = value
    }

    /// Fills in what is still missing.
    mutating func fill(_ defaults: AttributeDefaults) {
        id = id ?? defaults.id
        source = source ?? defaults.source
        type = type ?? defaults.type
        subject = subject ?? defaults.subject
        time = time ?? defaults.time
        if defaults.assumesSpecVersion { specVersion = specVersion ?? Self.specVersionValue }
    }

    /// Throws where a required attribute is missing, or `sequence` is not what its type says.
    consuming func notification(
        properties: [Property] = [],
        messageFields: MessageFields? = nil,
        body: ArraySlice<UInt8>
    ) throws(SerializationError) -> Notification {
        guard let specVersion else { throw SerializationError("specversion", .missing) }
        guard specVersion == Self.specVersionValue else {
            throw SerializationError("specversion", .unsupportedSpecVersion, value: specVersion)
        }
        guard let id else { throw SerializationError("id", .missing) }
        guard let source else { throw SerializationError("source", .missing) }
        guard let type else { throw SerializationError("type", .missing) }
        var notification = Notification(id: id, source: source, type: type)
        notification.subject = subject
        notification.time = time
        notification.dataContentType = dataContentType
        notification.dataSchema = dataSchema
        notification.traceParent = traceParent
        if let sequence {
            if sequenceType == SequenceNumber.typeName {
                guard let number = Int32(sequence), String(number) == sequence else {
                    throw SerializationError("sequence", .notA("a signed 32-bit integer"), value: sequence)
                }
                notification.sequence = SequenceNumber(rawValue: number)
            } else {
                // Another kind of sequence: not ours to count on, but to carry.
                extensions.append(ExtensionAttribute(name: "sequence", value: .string(sequence)))
                if let sequenceType {
                    extensions.append(ExtensionAttribute(name: "sequencetype", value: .string(sequenceType)))
                }
            }
        } else if let sequenceType {
            extensions.append(ExtensionAttribute(name: "sequencetype", value: .string(sequenceType)))
        }
        try PropertyBag.unpackAttribute(from: &extensions, into: &notification)
        notification.extensions = extensions
        notification.properties += properties
        if let messageFields, !messageFields.isEmpty { notification.messageFields = messageFields }
        notification.body = body
        return notification
    }
}
