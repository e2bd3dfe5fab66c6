extension AMQPMessage {
    /// Takes a message apart. Data sections stay slices of `bytes`: nothing of them is copied.
    ///
    /// Sections have to come in the order of the specification, each but the body's once.
    public init(
        parsing bytes: ArraySlice<UInt8>, limits: AMQPDecodingLimits = .standard
    ) throws(AMQPDecodingError) {
        self.init()
        var parser = AMQPMessageParser(bytes, limits: limits)
        while !parser.isAtEnd {
            try parser.readSection(into: &self)
        }
    }

    /// Takes a message apart.
    public init(parsing bytes: [UInt8], limits: AMQPDecodingLimits = .standard) throws(AMQPDecodingError) {
        try self.init(parsing: bytes[...], limits: limits)
    }
}

private struct AMQPMessageParser {
    private var reader: AMQPReader
    private var last: AMQPSection?

    init(_ bytes: ArraySlice<UInt8>, limits: AMQPDecodingLimits) {
        reader = AMQPReader(bytes, limits: limits)
    }

    var isAtEnd: Bool { reader.isAtEnd }

    mutating func readSection(into message: inout AMQPMessage) throws(AMQPDecodingError) {
        let section = try readDescriptor()
        switch section {
        case .header:
            var fields = try readFields()
            message.header = try AMQPHeader(fields: &fields)
        case .deliveryAnnotations: message.deliveryAnnotations = try readMap(section)
        case .messageAnnotations: message.messageAnnotations = try readMap(section)
        case .properties:
            var fields = try readFields()
            message.properties = try AMQPProperties(fields: &fields)
        case .applicationProperties: message.applicationProperties = try readMap(section)
        case .data: try readData(into: &message)
        case .amqpSequence: try readSequence(into: &message)
        case .amqpValue: message.body = .value(try reader.readValue())
        case .footer: message.footer = try readMap(section)
        }
        last = section
    }

    private mutating func readDescriptor() throws(AMQPDecodingError) -> AMQPSection {
        let start = reader.index
        let code = try reader.readByte()
        guard code == AMQPFormatCode.described.rawValue else {
            throw reader.failure(.unexpectedSection("without a descriptor"), at: start)
        }
        let descriptor = try reader.readValue()
        guard let section = AMQPSection(descriptor: descriptor) else {
            throw reader.failure(.unexpectedSection("\(descriptor)"), at: start)
        }
        if let last, !follows(section, last) {
            throw reader.failure(.unexpectedSection(section.symbol), at: start)
        }
        return section
    }

    private func follows(_ section: AMQPSection, _ last: AMQPSection) -> Bool {
        switch (last, section) {
        case (.data, .data), (.amqpSequence, .amqpSequence): true
        case (.data, .amqpSequence), (.data, .amqpValue), (.amqpSequence, .amqpValue): false
        default: section.rawValue > last.rawValue
        }
    }

    private func wrongType(_ section: AMQPSection, _ value: AMQPValue, at start: Int) -> AMQPDecodingError {
        reader.failure(.wrongType(field: section.symbol, found: value.type), at: start)
    }

    private mutating func readFields() throws(AMQPDecodingError) -> AMQPFields {
        let start = reader.index
        let position = reader.position
        let value = try reader.readValue()
        guard case .list(let fields) = value else {
            throw reader.failure(.wrongType(field: "a section's list", found: value.type), at: start)
        }
        return AMQPFields(fields, position: position)
    }

    private mutating func readMap(_ section: AMQPSection) throws(AMQPDecodingError) -> AMQPMap {
        let start = reader.index
        let value = try reader.readValue()
        switch value {
        case .map(let map): return map
        case .null: return [:]
        default: throw wrongType(section, value, at: start)
        }
    }

    private mutating func readData(into message: inout AMQPMessage) throws(AMQPDecodingError) {
        let start = reader.index
        guard let slice = try reader.readBinarySlice() else {
            throw wrongType(.data, try reader.readValue(), at: start)
        }
        if case .data(var slices) = message.body {
            // Taken out first, so that appending does not copy the array.
            message.body = .value(.null)
            slices.append(slice)
            message.body = .data(slices)
        }
    }

    private mutating func readSequence(into message: inout AMQPMessage) throws(AMQPDecodingError) {
        let start = reader.index
        let value = try reader.readValue()
        guard case .list(let elements) = value else { throw wrongType(.amqpSequence, value, at: start) }
        if case .sequence(var lists) = message.body {
            message.body = .value(.null)
            lists.append(elements)
            message.body = .sequence(lists)
        } else {
            message.body = .sequence([elements])
        }
    }
}
