/// Deliveries of several subjects in one transfer: accepted or not as a whole.
struct Batch {
    /// A delivery of one subject.
    struct Part {
        var id: UInt64
        var events: Int
        /// Where its sections end, from the first part's begin.
        var end: Int
        /// Of its first event.
        var messageID: String?
    }

    var number: UInt64
    var route: BatchRoute
    /// Of the route, where it was assembled.
    var slot: Int
    /// An envelope: its head, then the sections of the parts.
    var bytes: [UInt8]
    /// Bytes of the envelope's head.
    var head: Int
    var parts: [Part]

    var events: Int { parts.reduce(0) { $0 + $1.events } }

    /// What a transfer carries: the envelope, or the one message in it.
    var isSingleMessage: Bool {
        parts.count == 1 && parts[0].events == 1 && BatchEnvelope.sendsSingleMessages(route)
    }

    var wireBytes: ArraySlice<UInt8> {
        guard isSingleMessage else { return bytes[...] }
        let section = bytes[head...]
        return section.dropFirst(BatchEnvelope.sectionHead(section))
    }

    /// The parts from `range` in a batch of their own.
    func part(_ range: Range<Int>, number: UInt64, envelope: BatchEnvelope) -> Batch {
        let start = range.lowerBound == 0 ? 0 : parts[range.lowerBound - 1].end
        let end = parts[range.upperBound - 1].end
        let newHead = envelope.head(route, firstMessageID: parts[range.lowerBound].messageID)
        var moved = Array(parts[range])
        for index in moved.indices { moved[index].end -= start }
        return Batch(
            number: number, route: route, slot: slot, bytes: newHead + bytes[head + start..<head + end], head: newHead.count,
            parts: moved)
    }
}
