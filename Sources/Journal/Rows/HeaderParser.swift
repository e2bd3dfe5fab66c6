import Notifications

/// Walks the headers of a row. Texts that a row repeats are made into a `String` once.
struct HeaderParser {
    /// One event's header.
    struct Header {
        var endpoints: EndpointSet
        var unitKind: SequenceUnitKind
        var unitRange: Range<Int>
        var body: BodyPlace
        /// As in `EncodedBatch.sizes`.
        var bytes: Int
        /// Without sequence number and body; `nil` where nobody wants the event.
        var notification: Notification?
    }

    /// A text of the row, made into a `String` when first asked for.
    private struct Text {
        var range: Range<Int> = 0..<0
        private var made: String?

        init(_ range: Range<Int> = 0..<0) { self.range = range }

        mutating func string(_ reader: borrowing ByteReader) -> String {
            if let made { return made }
            let string = reader.text(range)
            made = string
            return string
        }
    }

    let count: Int
    private var reader: ByteReader
    private let sequences: UnsafeRawBufferPointer
    private var endpoints = EndpointSet()
    private var source = Text()
    private var type = Text()
    private var subject: Text?
    private var time: Text?
    private var contentType: Text?
    private var schema: Text?

    init(headers: UnsafeRawBufferPointer, sequences: UnsafeRawBufferPointer) throws(RowFault) {
        reader = ByteReader(headers)
        self.sequences = sequences
        let version = try reader.byte()
        guard version == RowLayout.version else { throw .unknownLayout(version) }
        count = try reader.count()
    }

    var remaining: Int { reader.remaining }

    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: reader.bytes[range])
    }

    func sequence(at index: Int) throws(RowFault) -> SequenceNumber {
        try RowLayout.sequence(at: index, in: sequences)
    }

    mutating func next(materialize: (EndpointSet) -> Bool) throws(RowFault) -> Header {
        let start = reader.position
        let flags = EventFlags(rawValue: try reader.uint16())
        if !flags.contains(.sameEndpoints) { endpoints = EndpointSet(bits: try reader.varint()) }
        let id = try reader.range()
        if !flags.contains(.sameSource) { source = Text(try reader.range()) }
        if !flags.contains(.sameType) { type = Text(try reader.range()) }
        try Self.optional(&subject, flags, .subject, .sameSubject, &reader)
        try Self.optional(&time, flags, .time, .sameTime, &reader)
        try Self.optional(&contentType, flags, .contentType, .sameContentType, &reader)
        try Self.optional(&schema, flags, .schema, .sameSchema, &reader)

        let wanted = materialize(endpoints)
        var notification: Notification?
        if wanted {
            notification = Notification(
                id: reader.text(id), source: source.string(reader), type: type.string(reader),
                subject: subject?.string(reader), time: time?.string(reader),
                dataContentType: contentType?.string(reader), dataSchema: schema?.string(reader))
        }
        if flags.contains(.traceParent) {
            let range = try reader.range()
            if wanted { notification?.traceParent = reader.text(range) }
        }
        // Rare enough that a skip is not worth a second set of functions.
        if flags.contains(.extensions) {
            let extensions = try readExtensions()
            notification?.extensions = extensions
        }
        if flags.contains(.properties) {
            let properties = try readProperties()
            notification?.properties = properties
        }
        if flags.contains(.messageFields) {
            let fields = try readMessageFields()
            notification?.messageFields = fields
        }
        let body = try bodyPlace(flags)
        return Header(
            endpoints: endpoints,
            unitKind: subject == nil ? .source : .subject,
            unitRange: subject?.range ?? source.range,
            body: body,
            bytes: reader.position - start + body.bytesElsewhere,
            notification: notification)
    }

    private static func optional(
        _ text: inout Text?, _ flags: EventFlags, _ present: EventFlags, _ same: EventFlags, _ reader: inout ByteReader
    ) throws(RowFault) {
        if !flags.contains(present) {
            text = nil
        } else if !flags.contains(same) {
            text = Text(try reader.range())
        } else if text == nil {
            throw .truncated
        }
    }

    private mutating func bodyPlace(_ flags: EventFlags) throws(RowFault) -> BodyPlace {
        if flags.contains(.bodyInHeaders) { return .headers(try reader.range()) }
        let start = try reader.count()
        return .bodies(start: start, length: try reader.count())
    }

    private mutating func readExtensions() throws(RowFault) -> [ExtensionAttribute] {
        let count = try reader.count()
        var extensions: [ExtensionAttribute] = []
        for _ in 0..<count {
            let name = try reader.text()
            let kind = try reader.byte()
            let value: AttributeValue
            switch ValueKind(rawValue: kind) {
            case .string: value = .string(try reader.text())
            case .boolean: value = .boolean(try reader.byte() != 0)
            case .integer: value = .integer(try reader.int32())
            case .binary: value = .binary(reader.blob(try reader.range()))
            case .uri: value = .uri(try reader.text())
            case .uriReference: value = .uriReference(try reader.text())
            case .timestamp: value = .timestamp(try reader.text())
            case nil: throw .unknownValueKind(kind)
            }
            extensions.append(ExtensionAttribute(name: name, value: value))
        }
        return extensions
    }

    private mutating func readProperties() throws(RowFault) -> [Property] {
        let count = try reader.count()
        var properties: [Property] = []
        for _ in 0..<count {
            let name = try reader.text()
            properties.append(Property(name: name, value: try reader.optionalText()))
        }
        return properties
    }

    private mutating func readMessageFields() throws(RowFault) -> MessageFields {
        var fields = MessageFields()
        fields.messageID = try reader.optionalText()
        fields.correlationID = try reader.optionalBlob()
        fields.userID = try reader.optionalBlob()
        fields.contentEncoding = try reader.optionalText()
        fields.replyTo = try reader.optionalText()
        if try reader.byte() != 0 { fields.expiresAtMilliseconds = try reader.signed() }
        return fields
    }
}
