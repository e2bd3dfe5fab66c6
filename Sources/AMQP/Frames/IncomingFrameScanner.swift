/// Reads along in the bytes that go to Proton, for what Proton does not tell or does not check:
///
/// - the message-format of every incoming delivery;
/// - the peer's max-frame-size, which is lowered before Proton sees it, so that a frame that
///   ``OutgoingFrameRewriter`` makes longer still fits. Until the open frame has come whole,
///   bytes are held back;
/// - transfers that would trip an assertion in Proton and end the process: a first frame without
///   delivery-id, and one on a link where the peer is the receiver.
struct IncomingFrameScanner {
    /// What the peer must not do.
    struct Violation: Error, Equatable {
        var reason: String
    }

    /// Bytes of a frame that are looked at: more than any transfer's fields up to `aborted` take,
    /// unless the peer writes an outcome of hundreds of bytes into a transfer.
    static let inspected = 512
    /// An open frame longer than this is not waited for; Proton then refuses it.
    static let longestOpen = 262_144

    private enum Stage {
        /// Held back until the open frame is whole.
        case beforeOpen
        case open
        /// Not frames at all: Proton gets them and says so.
        case unreadable
    }

    private var stage = Stage.beforeOpen
    /// Before open: bytes not passed on yet. After: the head of a frame that came in pieces.
    private var held: [UInt8] = []
    /// Bytes of the current frame that need no look.
    private var skip = 0
    private(set) var deliveries = IncomingDeliveryMarks()
    /// What the peer announced, before it was lowered.
    private(set) var peerMaxFrameSize = UInt32.max
    private var links = IncomingLinkTable()

    mutating func takeDesired(_ name: String) -> [UInt8]? { links.takeDesired(name) }


    /// Passes bytes on, held ones first, and takes notes.
    mutating func scan(
        _ bytes: UnsafeRawBufferPointer, pass: (UnsafeRawBufferPointer) -> Void
    ) throws(Violation) {
        switch stage {
        case .unreadable:
            pass(bytes)
        case .open:
            try observe(bytes)
            pass(bytes)
        case .beforeOpen:
            try holdBack(bytes, pass: pass)
        }
    }

    /// Which format the next new delivery with this tag has.
    mutating func takeFormat(tag: DeliveryTag) -> UInt32 {
        deliveries.take(tag: tag)
    }

    private mutating func holdBack(
        _ bytes: UnsafeRawBufferPointer, pass: (UnsafeRawBufferPointer) -> Void
    ) throws(Violation) {
        held.append(contentsOf: bytes)
        var position = 0
        while stage == .beforeOpen, held.count - position >= FrameBytes.headerSize {
            guard let size = held.withUnsafeBytes({ Self.unitSize($0, at: position) }), size <= Self.longestOpen
            else {
                stage = .unreadable
                break
            }
            guard held.count - position >= size else { break }
            if held.withUnsafeBytes({ Self.isOpen($0, at: position, size: size) }) {
                peerMaxFrameSize = held.withUnsafeMutableBytes { Self.lowerMaxFrameSize($0, at: position, size: size) }
                stage = .open
            }
            position += size
        }
        let rest = stage == .beforeOpen ? Array(held[position...]) : []
        let passed = stage == .beforeOpen ? position : held.count
        let whole = held
        held = rest
        var violation: Violation?
        whole.withUnsafeBytes { all in
            if stage == .open {
                do throws(Violation) {
                    try observe(UnsafeRawBufferPointer(rebasing: all[position...]))
                } catch {
                    violation = error
                    return
                }
            }
            if passed > 0 { pass(UnsafeRawBufferPointer(rebasing: all[..<passed])) }
        }
        if let violation { throw violation }
    }

    /// The length of the protocol header or frame that begins here, or nil when it is neither.
    private static func unitSize(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int? {
        if FrameBytes.isProtocolHeader(bytes, at: start) { return FrameBytes.headerSize }
        let size = Int(FrameBytes.integer(UInt32.self, in: bytes, at: start))
        return size >= FrameBytes.headerSize ? size : nil
    }

    private static func isOpen(_ bytes: UnsafeRawBufferPointer, at start: Int, size: Int) -> Bool {
        guard !FrameBytes.isProtocolHeader(bytes, at: start), bytes[start + 5] == 0 else { return false }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
        return PerformativeList(in: frame, at: Int(frame[4]) * 4)?.performative == .open
    }

    /// Returns what the peer wrote. Its 512, the specification's minimum, stays: Proton does not go
    /// below that.
    private static func lowerMaxFrameSize(
        _ bytes: UnsafeMutableRawBufferPointer, at start: Int, size: Int
    ) -> UInt32 {
        let frame = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
        guard let list = PerformativeList(in: frame, at: Int(frame[4]) * 4) else { return .max }
        var cursor = FieldCursor(frame, list)
        cursor.skip(2)
        guard let field = cursor.next(), let wanted = FrameBytes.uint(in: frame, field) else { return .max }
        guard frame[field.lowerBound] == 0x70, wanted > 512 else { return max(512, wanted) }
        let lowered = max(512, wanted - OutgoingFrameRewriter.headroom)
        bytes.storeBytes(
            of: lowered.bigEndian, toByteOffset: start + field.lowerBound + 1, as: UInt32.self)
        return wanted
    }

    private mutating func observe(_ bytes: UnsafeRawBufferPointer) throws(Violation) {
        var position = 0
        while position < bytes.count {
            if skip > 0 {
                let step = min(skip, bytes.count - position)
                skip -= step
                position += step
            } else if held.isEmpty, let size = Self.frameSize(bytes, at: position),
                min(size, Self.inspected) <= bytes.count - position
            {
                let look = min(size, Self.inspected)
                try inspect(UnsafeRawBufferPointer(rebasing: bytes[position..<position + look]))
                position += look
                skip = size - look
            } else {
                position += try gather(bytes, from: position)
            }
            if stage == .unreadable { return }
        }
    }

    private static func frameSize(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int? {
        guard bytes.count - start >= FrameBytes.headerSize else { return nil }
        return unitSize(bytes, at: start)
    }

    /// Adds to the head of a frame that comes in pieces; returns how many bytes it took.
    private mutating func gather(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(Violation) -> Int {
        var position = start
        take(FrameBytes.headerSize, from: bytes, &position)
        guard held.count >= FrameBytes.headerSize else { return position - start }
        guard let size = held.withUnsafeBytes({ Self.unitSize($0, at: 0) }) else {
            stage = .unreadable
            return position - start
        }
        let look = min(size, Self.inspected)
        take(look, from: bytes, &position)
        guard held.count == look else { return position - start }
        let head = held
        held = []
        skip = size - look
        var violation: Violation?
        head.withUnsafeBytes { frame in
            do throws(Violation) { try inspect(frame) } catch { violation = error }
        }
        if let violation { throw violation }
        return position - start
    }

    /// Fills `held` up to `count` bytes with what there is.
    private mutating func take(_ count: Int, from bytes: UnsafeRawBufferPointer, _ position: inout Int) {
        let step = min(count - held.count, bytes.count - position)
        guard step > 0 else { return }
        held.append(contentsOf: bytes[position..<position + step])
        position += step
    }

    private mutating func inspect(_ frame: UnsafeRawBufferPointer) throws(Violation) {
        let body = Int(frame[4]) * 4
        // An empty frame only says that the peer is alive.
        guard !FrameBytes.isProtocolHeader(frame, at: 0), frame[5] == 0, frame.count > body else { return }
        guard let list = PerformativeList(in: frame, at: body) else {
            // Proton would pass over it in silence.
            throw Violation(reason: "a frame without a known performative")
        }
        let channel = FrameBytes.integer(UInt16.self, in: frame, at: 6)
        switch list.performative {
        case .transfer:
            if let mark = try links.transfer(IncomingTransfer(frame, list), channel: channel) {
                deliveries.append(mark)
            }
        case .attach:
            links.attach(frame, list, channel: channel)
        case .detach:
            var cursor = FieldCursor(frame, list)
            if let handle = cursor.uint() { links.detach(channel: channel, handle: handle) }
        case .end:
            links.end(channel: channel)
        default:
            break
        }
    }
}
