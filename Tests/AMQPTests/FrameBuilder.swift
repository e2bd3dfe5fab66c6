/// Frames written by hand, as a peer would send them.
enum FrameBuilder {
    static let header: [UInt8] = [0x41, 0x4D, 0x51, 0x50, 0, 1, 0, 0]

    static func frame(type: UInt8 = 0, channel: UInt16 = 0, _ body: [UInt8]) -> [UInt8] {
        bigEndian(UInt32(8 + body.count)) + [2, type] + bigEndian(channel) + body
    }

    /// A described list8 with fields that are encoded already.
    static func list8(_ descriptor: UInt8, _ fields: [[UInt8]]) -> [UInt8] {
        let content = fields.flatMap { $0 }
        return [0x00, 0x53, descriptor, 0xC0, UInt8(content.count + 1), UInt8(fields.count)] + content
    }

    static func list32(_ descriptor: UInt8, _ fields: [[UInt8]]) -> [UInt8] {
        let content = fields.flatMap { $0 }
        return [0x00, 0x53, descriptor, 0xD0] + bigEndian(UInt32(content.count + 4))
            + bigEndian(UInt32(fields.count)) + content
    }

    static func open(maxFrameSize: UInt32) -> [UInt8] {
        frame(list8(0x10, [string("peer"), [0x40], uint(maxFrameSize)]))
    }

    static func transfer(
        handle: UInt32 = 0, id: UInt32? = 0, tag: [UInt8] = [1], format: [UInt8] = [0x43], more: Bool = false,
        payload: [UInt8] = []
    ) -> [UInt8] {
        frame(list8(0x14, [
            handle == 0 ? [0x43] : uint(handle), id.map(uint) ?? [0x40], binary(tag), format, [0x42],
            more ? [0x41] : [0x42],
        ]) + payload)
    }

    static func attach(handle: UInt32, isReceiver: Bool) -> [UInt8] {
        frame(list8(0x12, [string("link\(handle)"), uint(handle), [isReceiver ? 0x41 : 0x42]]))
    }

    static func uint(_ value: UInt32) -> [UInt8] { [0x70] + bigEndian(value) }
    static func string(_ text: String) -> [UInt8] { [0xA1, UInt8(text.utf8.count)] + Array(text.utf8) }
    static func binary(_ bytes: [UInt8]) -> [UInt8] { [0xA0, UInt8(bytes.count)] + bytes }

    static func bigEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
