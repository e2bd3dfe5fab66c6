/// The few things of the AMQP type system that finding a field in a frame needs.
enum FrameBytes {
    static let headerSize = 8

    /// Whether a protocol header (`AMQP` + id + version) stands where a frame would. As a frame's
    /// size the four letters would be above a gigabyte.
    static func isProtocolHeader(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        start + 4 <= bytes.count && bytes[start] == 0x41 && bytes[start + 1] == 0x4D
            && bytes[start + 2] == 0x51 && bytes[start + 3] == 0x50
    }

    /// The caller has checked the bounds.
    static func integer<Number: FixedWidthInteger>(
        _: Number.Type, in bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> Number {
        Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    static func uint(in bytes: UnsafeRawBufferPointer, _ field: Range<Int>) -> UInt32? {
        switch bytes[field.lowerBound] {
        case 0x43: 0
        case 0x52: UInt32(bytes[field.lowerBound + 1])
        case 0x70: integer(UInt32.self, in: bytes, at: field.lowerBound + 1)
        default: nil
        }
    }

    /// The offset behind the value, or nil when it does not end before `limit`.
    static func end(ofValueAt start: Int, in bytes: UnsafeRawBufferPointer, limit: Int) -> Int? {
        var position = start
        // A described value is a constructor 0x00 and then two values.
        var values = 1
        while values > 0 {
            guard position < limit else { return nil }
            let code = bytes[position]
            position += 1
            values -= 1
            let width: Int
            switch code >> 4 {
            case 0x0:
                guard code == 0 else { return nil }
                values += 2
                continue
            case 0x4: width = 0
            case 0x5: width = 1
            case 0x6: width = 2
            case 0x7: width = 4
            case 0x8: width = 8
            case 0x9: width = 16
            case 0xA, 0xC, 0xE:
                guard position < limit else { return nil }
                width = 1 + Int(bytes[position])
            case 0xB, 0xD, 0xF:
                guard position + 4 <= limit else { return nil }
                width = 4 + Int(integer(UInt32.self, in: bytes, at: position))
            default: return nil
            }
            position += width
            guard position <= limit else { return nil }
        }
        return position
    }
}
