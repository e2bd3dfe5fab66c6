import Notifications

/// Where one endpoint stands: what it has read, what it has settled, what waits. Decides; does
/// nothing else.
struct EndpointProgress {
    private(set) var tracker: SettlementTracker
    /// The journal's end as far as this endpoint was told.
    private(set) var end: Int64
    /// The next offset to look at; everything before it is in `buffer` or was handed out.
    private(set) var position: Int64
    /// Events committed for this endpoint and not settled.
    private(set) var waiting: Int
    /// Bytes of those.
    private(set) var waitingBytes: Int
    /// False after a row could not be read: then `waiting` is an upper bound until all is read.
    private(set) var waitingIsExact: Bool
    /// Grows with every rewind, so that a read begun before it is thrown away.
    private(set) var generation = 0
    /// Read from the disk and not handed out; no row in it is empty.
    private var buffer: ReadAhead = ReadAhead()
    /// A limit is choosing events that leave: nothing is handed out.
    private var isHeld = false
    /// A rewind came during that.
    private var rewindIsDue = false

    /// How much one call may hand out.
    struct Budget {
        var events: Int
        var bytes: Int
        private var isFresh = true

        init(events: Int, bytes: Int) {
            self.events = max(events, 1)
            self.bytes = bytes
        }

        /// The first event always fits.
        mutating func take(_ size: Int) -> Bool {
            guard isFresh || (events > 0 && size <= bytes) else { return false }
            isFresh = false
            events -= 1
            bytes -= size
            return true
        }
    }

    init(
        cursor: Int64, end: Int64, waiting: Int, waitingBytes: Int = 0, waitingIsExact: Bool = true,
        settledEarly: Set<Int64> = [], passed: SettlementCounts = SettlementCounts()
    ) {
        tracker = SettlementTracker(cursor: cursor, settledEarly: settledEarly, passed: passed)
        self.end = end
        self.waiting = waiting
        self.waitingBytes = waitingBytes
        self.waitingIsExact = waitingIsExact
        position = cursor
        noteRead()
    }

    /// Every event of this endpoint below it is settled.
    var cursor: Int64 {
        waitingIsExact && waiting == 0 ? end : tracker.lowWater
    }

    var hasBuffered: Bool { !buffer.isEmpty }
    var isAtEnd: Bool { buffer.isEmpty && position >= end }
    var mustWait: Bool { isHeld || isAtEnd }

    /// All that is settled, above the cursor too.
    var settled: SettlementCounts {
        var sum = tracker.passed
        sum += tracker.above
        return sum
    }

    /// At or before the oldest event that waits; `nil` if none does.
    var oldestWaiting: Int64? { waiting > 0 ? tracker.lowWater : nil }

    /// The journal grew to `newEnd`, with `count` events for this endpoint. Returns whether there
    /// is something to read.
    mutating func committed(end newEnd: Int64, count: Int, bytes: Int) -> Bool {
        if waitingIsExact, waiting == 0 { skipToEnd() }
        waiting += count
        waitingBytes += bytes
        end = newEnd
        return count > 0
    }

    /// Hands out events of a batch in memory; ends at the batch's end or when the budget is spent.
    mutating func take(
        from batch: RecentBatch, slot: EndpointSlot, budget: inout Budget, into events: inout [JournalEvent]
    ) -> Bool {
        while position < batch.endOffset {
            let index = Int(position - batch.firstOffset)
            if batch.events[index].endpoints.contains(slot), !isSettled(position) {
                guard budget.take(batch.events[index].notification.body.count) else { return false }
                if tracker.handOut(position, bytes: Int(batch.sizes[index])) { events.append(batch.event(at: index)) }
            }
            position += 1
        }
        moveOn(to: position)
        return true
    }

    /// Events read from the disk: all that this endpoint has from `position` up to `next`.
    mutating func read(_ rows: [[JournalEvent]], upTo next: Int64, damaged: Bool) {
        if damaged { waitingIsExact = false }
        buffer = ReadAhead(rows)
        position = max(position, next)
        if buffer.isEmpty { moveOn(to: position) }
    }

    /// Hands out what was read from the disk.
    mutating func takeBuffered(budget: inout Budget, into events: inout [JournalEvent]) {
        while !buffer.isEmpty {
            if events.isEmpty, let row = buffer.wholeRow, fits(row, budget) {
                buffer.removeRow()
                for index in row.indices {
                    _ = budget.take(row[index].notification.body.count)
                    _ = tracker.handOut(row[index].offset.rawValue, bytes: row[index].bytes)
                }
                events = row
                continue
            }
            guard let event = buffer.first else { break }
            let offset = event.offset.rawValue
            if !isSettled(offset) {
                guard budget.take(event.notification.body.count) else { return }
                if tracker.handOut(offset, bytes: event.bytes) { events.append(event) }
            }
            buffer.removeFirst()
        }
        moveOn(to: position)
    }

    /// Whether a row can be handed out as it is, without looking at each event's state.
    private func fits(_ row: [JournalEvent], _ budget: Budget) -> Bool {
        guard let first = row.first, first.offset.rawValue >= tracker.scanned, !tracker.hasSettledEarly else {
            return false
        }
        var bytes = 0
        for index in row.indices { bytes += row[index].notification.body.count }
        return row.count <= budget.events && bytes <= budget.bytes
    }

    /// The event's bytes, if it was outstanding until now.
    @discardableResult
    mutating func settle(_ offset: Int64, as settlement: Settlement) -> Int? {
        gone(tracker.settle(offset, as: settlement))
    }

    mutating func condemn(_ offset: Int64) -> Bool { tracker.condemn(offset) }

    mutating func pardon(_ offset: Int64) { tracker.pardon(offset) }

    @discardableResult
    mutating func buryCondemned(_ offset: Int64) -> Int? {
        gone(tracker.buryCondemned(offset))
    }

    private mutating func gone(_ bytes: Int?) -> Int? {
        guard let bytes else { return nil }
        waiting -= 1
        waitingBytes -= bytes
        return bytes
    }

    mutating func rewind() {
        guard !isHeld else {
            rewindIsDue = true
            return
        }
        buffer = ReadAhead()
        position = tracker.lowWater
        generation += 1
    }

    /// The next offset to look at, while nothing is in anybody's hands.
    var unread: Int64? {
        waiting > 0 && buffer.isEmpty && tracker.unsettledCount == 0 && position < end ? position : nil
    }

    // MARK: Limits

    /// Where a hold found the endpoint.
    struct Held: Sendable {
        /// The first event that is not in anybody's hands.
        var from: Int64
        var end: Int64
        var waitingBytes: Int
    }

    mutating func hold() -> Held {
        isHeld = true
        return Held(from: buffer.first?.offset.rawValue ?? position, end: end, waitingBytes: waitingBytes)
    }

    /// Whether the event may leave: it waits, and is in nobody's hands.
    mutating func condemnHeld(_ offset: Int64) -> Bool {
        offset >= tracker.scanned ? !tracker.isSettledEarly(offset) : tracker.condemn(offset)
    }

    /// `leaving` are all events of the endpoint from where the hold found it up to `newPosition`
    /// that ``condemnHeld(_:)`` let leave.
    mutating func discard(_ leaving: [LeavingEvent], upTo newPosition: Int64, damaged: Bool) {
        var unread = SettlementCounts()
        for event in leaving {
            if event.offset >= tracker.scanned {
                unread.add(event.settlement)
            } else {
                tracker.settleCondemned(event.offset, as: event.settlement)
            }
            waiting -= 1
            waitingBytes -= event.bytes
        }
        if damaged { waitingIsExact = false }
        tracker.discard(upTo: newPosition, unread)
        buffer = ReadAhead()
        position = newPosition
        // A read of the disk that began before must not bring back what left.
        generation += 1
        moveOn(to: position)
        letGo()
    }

    mutating func letGo() {
        isHeld = false
        if rewindIsDue {
            rewindIsDue = false
            rewind()
        }
    }

    /// No event of the endpoint lies between `from` and `offset`.
    mutating func skip(from: Int64, to offset: Int64) {
        guard position == from, buffer.isEmpty, tracker.unsettledCount == 0, offset > from else { return }
        moveOn(to: min(offset, end))
    }

    // MARK: Moving on

    /// What is left to look at is for others or settled. Keeps the cursor from going back when the
    /// next event comes.
    private mutating func skipToEnd() {
        buffer = ReadAhead()
        moveOn(to: max(position, end))
    }

    /// Whether the event is not to be handed out; it must not cost anything of a budget then.
    private func isSettled(_ offset: Int64) -> Bool {
        offset < tracker.scanned
            ? !tracker.isOutstanding(offset) : tracker.hasSettledEarly && tracker.isSettledEarly(offset)
    }

    private mutating func moveOn(to offset: Int64) {
        position = offset
        tracker.scan(upTo: offset)
        noteRead()
    }

    /// Once all is read, what waits is what is outstanding.
    private mutating func noteRead() {
        guard tracker.scanned >= end else { return }
        waiting = tracker.unsettledCount
        waitingBytes = tracker.unsettledBytes
        waitingIsExact = true
    }
}
