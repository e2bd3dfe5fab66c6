import AMQPCodec

/// The fields of a transfer that tell where a delivery begins and what it is.
struct IncomingTransfer {
    let handle: UInt32?
    let deliveryID: UInt32?
    let tag: DeliveryTag
    let format: UInt32
    let more: Bool
    let aborted: Bool

    init(_ frame: UnsafeRawBufferPointer, _ list: PerformativeList) {
        var cursor = FieldCursor(frame, list)
        handle = cursor.uint()
        deliveryID = cursor.uint()
        tag = DeliveryTag(cursor.binary() ?? UnsafeRawBufferPointer(start: nil, count: 0))
        format = cursor.uint() ?? 0
        cursor.skip(1)
        more = cursor.boolean() ?? false
        cursor.skip(3)
        aborted = cursor.boolean() ?? false
    }
}

/// The peer's links, as far as telling a first transfer frame from a later one needs them.
struct IncomingLinkTable {
    private struct Key: Hashable {
        var channel: UInt16
        var handle: UInt32
    }

    /// Deliveries of several frames whose last has not come, with their delivery-id.
    private var unfinished: [Key: UInt32] = [:]
    /// Links on which the peer is the receiver, and so must not transfer.
    private var receiving: Set<Key> = []
    /// Desired capabilities of links that were just asked for, encoded, by the encoded name: Proton
    /// has no call for them.
    private var desired: [[UInt8]: [UInt8]] = [:]
    private static let maximumDesired = 64

    mutating func attach(_ frame: UnsafeRawBufferPointer, _ list: PerformativeList, channel: UInt16) {
        var cursor = FieldCursor(frame, list)
        let name = cursor.next()
        guard let handle = cursor.uint(), let isReceiver = cursor.boolean() else { return }
        let key = Key(channel: channel, handle: handle)
        unfinished[key] = nil
        if isReceiver { receiving.insert(key) } else { receiving.remove(key) }
        cursor.skip(9)
        // Few clients desire anything, and what is not asked for after this read is let go.
        guard let name, let wishes = cursor.next(), wishes.count > 1 else { return }
        if desired.count >= Self.maximumDesired { desired = [:] }
        desired[Array(frame[name])] = Array(frame[wishes])
    }

    /// The encoded desired capabilities that came with the attach of that name, once.
    mutating func takeDesired(_ name: String) -> [UInt8]? {
        guard !desired.isEmpty else { return nil }
        var encoded: [UInt8] = []
        AMQPValue.string(name).encode(into: &encoded)
        return desired.removeValue(forKey: encoded)
    }

    mutating func detach(channel: UInt16, handle: UInt32) {
        let key = Key(channel: channel, handle: handle)
        unfinished[key] = nil
        receiving.remove(key)
    }

    mutating func end(channel: UInt16) {
        unfinished = unfinished.filter { $0.key.channel != channel }
        receiving = receiving.filter { $0.channel != channel }
    }

    /// What to remember of the delivery that begins here, or nil when it began earlier.
    mutating func transfer(
        _ transfer: IncomingTransfer, channel: UInt16
    ) throws(IncomingFrameScanner.Violation) -> IncomingDeliveryMarks.Mark? {
        guard let handle = transfer.handle else {
            throw IncomingFrameScanner.Violation(reason: "a transfer without a handle")
        }
        let key = Key(channel: channel, handle: handle)
        guard receiving.isEmpty || !receiving.contains(key) else {
            throw IncomingFrameScanner.Violation(reason: "a transfer from the receiving end of a link")
        }
        let last = !transfer.more || transfer.aborted
        if !unfinished.isEmpty, let id = unfinished[key],
            transfer.deliveryID == nil || transfer.deliveryID == id
        {
            if last { unfinished[key] = nil }
            return nil
        }
        guard let id = transfer.deliveryID else {
            throw IncomingFrameScanner.Violation(reason: "the first transfer of a delivery without a delivery-id")
        }
        if last {
            if !unfinished.isEmpty { unfinished[key] = nil }
        } else {
            unfinished[key] = id
        }
        return IncomingDeliveryMarks.Mark(tag: transfer.tag, format: transfer.format)
    }
}

/// The deliveries that began in the bytes, in order, until Proton reports them.
struct IncomingDeliveryMarks {
    struct Mark: Equatable {
        var tag: DeliveryTag
        var format: UInt32
    }

    private var marks: [Mark] = []
    private var head = 0

    var count: Int { marks.count - head }

    mutating func append(_ mark: Mark) {
        marks.append(mark)
    }

    /// Proton reports new deliveries in the order of their first frames. Should it leave one out,
    /// the tag shows it, and the one left out is passed over.
    mutating func take(tag: DeliveryTag) -> UInt32 {
        defer {
            if head == marks.count {
                marks.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        var index = head
        while index < marks.count {
            if marks[index].tag == tag {
                head = index + 1
                return marks[index].format
            }
            index += 1
        }
        return 0
    }
}
