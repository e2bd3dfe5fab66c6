/// One partition of an event hub: events in the order they came, bounded by bytes and by age.
///
/// At a limit the oldest go, and are counted. Offsets count bytes, sequence numbers events, both
/// from 0, and neither starts again when events go.
struct Partition {
    struct Event {
        var bytes: ArraySlice<UInt8>
        var sequence: Int64
        var offset: Int64
        var enqueuedAt: Milliseconds
        /// Where the key came with a batch's envelope; one in the event itself stays there.
        var partitionKey: String?
        /// The hub's count of events when it came: an order over all its partitions.
        var arrival: UInt64
    }

    /// What an event costs beside its own bytes.
    static let overheadBytes = 96

    let byteLimit: Int
    let retention: Milliseconds?
    private var events: ArraySlice<Event> = []
    private(set) var bytes = 0
    /// Events that a limit pushed out.
    private(set) var expired = 0
    private(set) var nextSequence: Int64 = 0
    private(set) var nextOffset: Int64 = 0
    /// Of the last event that came, whether or not it is still here.
    private(set) var last: (sequence: Int64, offset: Int64, enqueuedAt: Milliseconds)?

    init(byteLimit: Int, retention: Milliseconds? = nil) {
        self.byteLimit = byteLimit
        self.retention = retention
    }

    var count: Int { events.count }
    var isEmpty: Bool { events.isEmpty }
    /// Of the oldest event that is still here; where there is none, of the next.
    var firstSequence: Int64 { nextSequence - Int64(events.count) }

    mutating func append(_ message: ArraySlice<UInt8>, partitionKey: String? = nil, arrival: UInt64 = 0, at now: Milliseconds) {
        // The clock may be set back; an event is never older than the one before it.
        let time = max(now, last?.enqueuedAt ?? now)
        events.append(Event(
            bytes: message, sequence: nextSequence, offset: nextOffset, enqueuedAt: time,
            partitionKey: partitionKey, arrival: arrival))
        last = (nextSequence, nextOffset, time)
        nextSequence += 1
        nextOffset += Int64(message.count + Self.overheadBytes)
        bytes += message.count + Self.overheadBytes
        trim(at: now)
    }

    /// Becomes what it was in an earlier life.
    mutating func restore(
        _ kept: [Event], nextSequence: Int64, nextOffset: Int64, lastOffset: Int64, lastAt: Milliseconds
    ) {
        events = kept[...]
        bytes = kept.reduce(0) { $0 + $1.bytes.count + Self.overheadBytes }
        self.nextSequence = nextSequence
        self.nextOffset = nextOffset
        if nextSequence > 0 { last = (nextSequence - 1, lastOffset, lastAt) }
    }

    /// Lets go of what is over a limit. The newest event stays, whatever its size, until it is too old.
    mutating func trim(at now: Milliseconds) {
        while let oldest = events.first, isOver(oldest, at: now) {
            events.removeFirst()
            bytes -= oldest.bytes.count + Self.overheadBytes
            expired += 1
        }
        // A slice keeps its whole array alive; begin anew when most of it is behind us.
        if events.startIndex > 1024, events.startIndex > events.count { events = ArraySlice(Array(events)) }
    }

    /// Lets the oldest go until no more than so many bytes are left.
    mutating func shrink(to limit: Int) {
        while bytes > limit, let oldest = events.popFirst() {
            bytes -= oldest.bytes.count + Self.overheadBytes
            expired += 1
        }
        events = ArraySlice(Array(events))
    }

    private func isOver(_ oldest: Event, at now: Milliseconds) -> Bool {
        if bytes > byteLimit, events.count > 1 { return true }
        guard let retention else { return false }
        return now - oldest.enqueuedAt > retention
    }

    /// The event with that sequence number, or the oldest one after it that is still here.
    func event(atOrAfter sequence: Int64) -> Event? {
        let found = max(sequence, firstSequence)
        guard found < nextSequence else { return nil }
        return events[events.startIndex + Int(found - firstSequence)]
    }

    /// The sequence number that a reader with this wish begins with.
    func firstSequence(for start: StartPosition) -> Int64 {
        switch start {
        case .beginning: firstSequence
        case .end: nextSequence
        case .sequence(let number, let inclusive): inclusive ? number : number &+ 1
        case .offset(let offset, let inclusive): first { $0.offset > offset || (inclusive && $0.offset == offset) }
        case .time(let time, let inclusive): first { $0.enqueuedAt > time || (inclusive && $0.enqueuedAt == time) }
        }
    }

    /// The first event of those for which the condition holds, in a log where it holds from one event on.
    private func first(where holds: (Event) -> Bool) -> Int64 {
        var (low, high) = (events.startIndex, events.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if holds(events[middle]) { high = middle } else { low = middle + 1 }
        }
        return firstSequence + Int64(low - events.startIndex)
    }
}
