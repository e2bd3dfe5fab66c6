/// The bodies of AMQP frames (part 2, section 2.7) by descriptor, with the number of fields that
/// the specification gives each.
enum Performative: UInt8 {
    case open = 0x10
    case begin = 0x11
    case attach = 0x12
    case flow = 0x13
    case transfer = 0x14
    case disposition = 0x15
    case detach = 0x16
    case end = 0x17
    case close = 0x18

    var fieldCount: Int {
        switch self {
        case .open: 10
        case .begin: 8
        case .attach: 14
        case .flow: 11
        case .transfer: 11
        case .disposition: 6
        case .detach: 3
        case .end: 1
        case .close: 1
        }
    }
}

/// Where a performative's list lies within a frame.
struct PerformativeList {
    let performative: Performative
    /// Offset of the list's constructor byte.
    let constructor: Int
    /// Offset of the first field.
    let fields: Int
    /// Offset behind the last field, where a transfer's payload begins. It may lie beyond the bytes
    /// that were looked at.
    let end: Int
    let count: Int

    /// Nil when the bytes are not (yet) a described list of a known performative.
    ///
    /// - Parameter start: offset of the frame body.
    init?(in bytes: UnsafeRawBufferPointer, at start: Int) {
        var position = start
        guard position + 3 <= bytes.count, bytes[position] == 0x00 else { return nil }
        let code: UInt8
        switch bytes[position + 1] {
        case 0x53:
            code = bytes[position + 2]
            position += 3
        case 0x80:
            guard position + 11 <= bytes.count,
                let long = UInt8(exactly: FrameBytes.integer(UInt64.self, in: bytes, at: position + 2))
            else { return nil }
            code = long
            position += 10
        default:
            return nil
        }
        guard let performative = Performative(rawValue: code), position < bytes.count else { return nil }
        self.performative = performative
        constructor = position
        switch bytes[position] {
        case 0x45:
            (fields, end, count) = (position + 1, position + 1, 0)
        case 0xC0:
            guard position + 3 <= bytes.count, bytes[position + 1] >= 1 else { return nil }
            fields = position + 3
            end = position + 2 + Int(bytes[position + 1])
            count = Int(bytes[position + 2])
        case 0xD0:
            guard position + 9 <= bytes.count else { return nil }
            let size = Int(FrameBytes.integer(UInt32.self, in: bytes, at: position + 1))
            guard size >= 4 else { return nil }
            fields = position + 9
            end = position + 5 + size
            count = Int(FrameBytes.integer(UInt32.self, in: bytes, at: position + 5))
        default:
            return nil
        }
    }
}

/// Reads a list's fields one after another, within the bytes at hand.
struct FieldCursor {
    private let bytes: UnsafeRawBufferPointer
    private let end: Int
    private var left: Int
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, _ list: PerformativeList) {
        self.bytes = bytes
        end = min(list.end, bytes.count)
        left = list.count
        position = list.fields
    }

    /// The next field with its constructor, or nil where the list or the bytes end.
    mutating func next() -> Range<Int>? {
        guard left > 0 else { return nil }
        let start = position
        guard let behind = FrameBytes.end(ofValueAt: start, in: bytes, limit: end) else {
            left = 0
            return nil
        }
        left -= 1
        position = behind
        return start..<behind
    }

    mutating func skip(_ count: Int) {
        for _ in 0..<count where next() == nil { return }
    }

    mutating func uint() -> UInt32? {
        next().flatMap { FrameBytes.uint(in: bytes, $0) }
    }

    mutating func boolean() -> Bool? {
        guard let field = next() else { return nil }
        switch bytes[field.lowerBound] {
        case 0x41: return true
        case 0x42: return false
        case 0x56: return bytes[field.lowerBound + 1] != 0
        default: return nil
        }
    }

    mutating func binary() -> UnsafeRawBufferPointer? {
        guard let field = next() else { return nil }
        switch bytes[field.lowerBound] {
        case 0xA0: return UnsafeRawBufferPointer(rebasing: bytes[field.lowerBound + 2..<field.upperBound])
        case 0xB0: return UnsafeRawBufferPointer(rebasing: bytes[field.lowerBound + 5..<field.upperBound])
        default: return nil
        }
    }
}
