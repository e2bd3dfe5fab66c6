import AMQPCodec

/// What one transfer brought: a message, or the messages of a batch (reference 4.7).
struct Publication {
    /// Slices of the transfer's bytes.
    var messages: [ArraySlice<UInt8>]
    /// The envelope's annotations; of a single message, its own.
    var annotations: AMQPMap

    static let batchFormat: UInt32 = 0x8001_3700

    init(_ bytes: [UInt8], format: UInt32) throws(AMQPDecodingError) {
        let whole = bytes[...]
        let sections = try MessageSections(of: whole)
        annotations = try sections.annotationMap(in: whole)
        guard format == Self.batchFormat else {
            messages = [whole]
            return
        }
        messages = []
        var reader = AMQPReader(whole)
        try reader.skipBytes(sections.rest)
        while !reader.isAtEnd {
            let start = reader.position
            try reader.skipBytes(3)
            guard bytes[start] == 0, bytes[start + 1] == 0x53 else { throw Self.unexpected(at: start) }
            switch AMQPSection(rawValue: bytes[start + 2]) {
            case .data:
                guard let message = try reader.readBinarySlice() else { throw Self.unexpected(at: start) }
                messages.append(message)
            case .properties, .applicationProperties, .footer:
                try reader.skipValue()
            default:
                throw Self.unexpected(at: start)
            }
        }
    }

    private static func unexpected(at position: Int) -> AMQPDecodingError {
        AMQPDecodingError(position: position, problem: .unexpectedSection("in a batch"))
    }
}

extension MessageSections {
    func annotationMap(in bytes: ArraySlice<UInt8>) throws(AMQPDecodingError) -> AMQPMap {
        guard let annotations else { return [:] }
        guard case .map(let map) = try AMQPValue(decoding: bytes[annotations]) else { return [:] }
        return map
    }

    func headerFields(in bytes: ArraySlice<UInt8>) throws(AMQPDecodingError) -> [AMQPValue] {
        guard let header, case .list(let fields) = try AMQPValue(decoding: bytes[header]) else { return [] }
        return fields
    }
}
