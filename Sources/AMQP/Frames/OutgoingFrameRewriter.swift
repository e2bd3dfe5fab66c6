import NIOCore

/// Changes outgoing frames where Proton cannot be told to write them as they are wanted:
///
/// - the message-format of transfers, which Proton always writes as 0. Proton repeats the field on
///   every frame of a delivery, and it must not differ between them (part 2, section 2.7.5), so
///   each frame is changed;
/// - performatives padded to all the fields of the specification, for peers that index fields
///   without looking at the list's length (Proton leaves trailing nulls out).
///
/// SASL frames, empty frames and protocol headers pass untouched.
struct OutgoingFrameRewriter {
    /// How much longer than Proton made it a frame can get: 4 bytes of message-format, at most
    /// 10 nulls, 6 for a list that needs a wider constructor. Rounded up.
    static let headroom: UInt32 = 32

    /// 1023, as a uint.
    private static let handleMax: [UInt8] = [0x70, 0x00, 0x00, 0x03, 0xFF]

    /// What the peer announced. A frame that padding would lift above it stays as it is.
    var maxFrameSize = UInt32.max
    let padsPerformatives: Bool
    /// Deliveries whose format is not 0 and whose last frame has not been written.
    private var formats: [DeliveryTag: UInt32] = [:]
    /// The beginning of a frame whose end has not come.
    private var rest: [UInt8] = []

    init(padsPerformatives: Bool) {
        self.padsPerformatives = padsPerformatives
    }

    /// Nothing to change: the bytes may go out unread. Valid where they end with a whole frame,
    /// as everything that Proton has to say at one moment does.
    var isIdle: Bool { !padsPerformatives && formats.isEmpty && rest.isEmpty }

    mutating func setFormat(_ format: UInt32, ofDelivery tag: DeliveryTag) {
        formats[tag] = format == 0 ? nil : format
    }

    /// Forgets a delivery that ended before its last frame.
    mutating func forget(_ tag: DeliveryTag) {
        if !formats.isEmpty { formats[tag] = nil }
    }

    mutating func rewrite(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        guard rest.isEmpty else {
            let whole = rest + input
            rest = []
            whole.withUnsafeBytes { rewriteFrames($0, into: &output) }
            return
        }
        rewriteFrames(input, into: &output)
    }

    private mutating func rewriteFrames(_ bytes: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        var position = 0
        while bytes.count - position >= FrameBytes.headerSize {
            let size: Int
            if FrameBytes.isProtocolHeader(bytes, at: position) {
                size = FrameBytes.headerSize
            } else {
                size = Int(FrameBytes.integer(UInt32.self, in: bytes, at: position))
                // Proton does not write such a frame; whatever it is, it is not ours to change.
                guard size >= FrameBytes.headerSize else { break }
            }
            guard position + size <= bytes.count else { break }
            rewriteFrame(UnsafeRawBufferPointer(rebasing: bytes[position..<position + size]), into: &output)
            position += size
        }
        if position < bytes.count { rest = Array(bytes[position...]) }
    }

    private mutating func rewriteFrame(_ frame: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        let body = Int(frame[4]) * 4
        guard !FrameBytes.isProtocolHeader(frame, at: 0), frame[5] == 0,
            let list = PerformativeList(in: frame, at: body), list.end <= frame.count
        else {
            output.writeBytes(frame)
            return
        }
        let format = list.performative == .transfer ? takeFormat(frame, list) : nil
        let hasRoom = frame.count + Int(Self.headroom) <= maxFrameSize
        let missing = padsPerformatives && hasRoom ? max(0, list.performative.fieldCount - list.count) : 0
        guard format != nil || missing > 0 else {
            output.writeBytes(frame)
            return
        }
        var padding = [UInt8](repeating: 0x40, count: missing)
        // Proton 0.37 leaves handle-max out, and the clients that padding is for calculate with it.
        if list.performative == .begin, list.count == 4, missing > 0 { padding.replaceSubrange(0..<1, with: Self.handleMax) }
        Self.write(frame, list, format: format, padding: padding, added: missing, into: &output)
    }

    /// The format that a transfer should carry and where its field lies. The entry goes with the
    /// delivery's last frame.
    private mutating func takeFormat(
        _ frame: UnsafeRawBufferPointer, _ list: PerformativeList
    ) -> (field: Range<Int>, value: UInt32)? {
        guard !formats.isEmpty else { return nil }
        var cursor = FieldCursor(frame, list)
        cursor.skip(2)
        guard let tagBytes = cursor.binary(), let field = cursor.next() else { return nil }
        let tag = DeliveryTag(tagBytes)
        guard let format = formats[tag] else { return nil }
        cursor.skip(1)
        if cursor.boolean() != true { formats[tag] = nil }
        return (field, format)
    }

    private static func write(
        _ frame: UnsafeRawBufferPointer, _ list: PerformativeList, format: (field: Range<Int>, value: UInt32)?,
        padding: [UInt8], added: Int, into output: inout ByteBuffer
    ) {
        let change = format.map { 5 - $0.field.count } ?? 0
        let fields = list.end - list.fields + change + padding.count
        // A list32 stays one; the others become a list8 where the size byte (which counts the
        // count byte too) can hold it.
        let wide = frame[list.constructor] == 0xD0 || fields + 1 > 255 || list.count + added > 255
        let head = wide ? 9 : 3
        let payload = frame.count - list.end
        output.writeInteger(UInt32(list.constructor + head + fields + payload))
        output.writeBytes(frame[4..<list.constructor])
        if wide {
            output.writeInteger(UInt8(0xD0))
            output.writeInteger(UInt32(fields + 4))
            output.writeInteger(UInt32(list.count + added))
        } else {
            output.writeInteger(UInt8(0xC0))
            output.writeInteger(UInt8(fields + 1))
            output.writeInteger(UInt8(list.count + added))
        }
        if let format {
            output.writeBytes(frame[list.fields..<format.field.lowerBound])
            output.writeInteger(UInt8(0x70))
            output.writeInteger(format.value)
            output.writeBytes(frame[format.field.upperBound..<list.end])
        } else {
            output.writeBytes(frame[list.fields..<list.end])
        }
        output.writeBytes(padding)
        output.writeBytes(frame[list.end...])
    }
}
