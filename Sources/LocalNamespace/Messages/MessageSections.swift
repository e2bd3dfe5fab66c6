import AMQPCodec

/// Where the sections lie that a broker looks at or replaces; the body stays unread.
struct MessageSections {
    /// The header's list, without its descriptor.
    var header: Range<Int>?
    /// Delivery annotations with their descriptor.
    var deliveryAnnotations: Range<Int>?
    /// The annotations' map, without its descriptor.
    var annotations: Range<Int>?
    /// The first byte of what follows the annotations.
    var rest: Int

    /// - Throws: `AMQPDecodingError` where the front of the message is not one.
    init(of bytes: ArraySlice<UInt8>) throws(AMQPDecodingError) {
        var reader = AMQPReader(bytes)
        rest = bytes.startIndex
        while let section = MessageSections.section(at: rest, in: bytes), section.rawValue <= AMQPSection.messageAnnotations.rawValue {
            let start = rest
            try reader.skipBytes(3)
            try reader.skipValue()
            let end = bytes.startIndex + reader.position
            switch section {
            case .header: header = start + 3..<end
            case .deliveryAnnotations: deliveryAnnotations = start..<end
            default: annotations = start + 3..<end
            }
            rest = end
        }
        guard rest < bytes.endIndex, bytes[rest] == 0 else {
            throw AMQPDecodingError(position: rest - bytes.startIndex, problem: .unexpectedSection("without a descriptor"))
        }
    }

    /// The section that begins at `index`, where its descriptor is the small number that everybody writes.
    private static func section(at index: Int, in bytes: ArraySlice<UInt8>) -> AMQPSection? {
        guard index + 3 <= bytes.endIndex, bytes[index] == 0, bytes[index + 1] == 0x53 else { return nil }
        return AMQPSection(rawValue: bytes[index + 2])
    }
}
