import Notifications

/// Some of the oldest events of an endpoint that are in nobody's hands, chosen to leave at a limit.
struct LeavingChoice {
    static let maximumRows = 256
    private static let maximumEvents = 4096
    /// Those that become dead letters go into one transaction.
    private static let maximumLetters = 1000
    private static let maximumLetterBytes = 4 * 1024 * 1024

    /// What is to be reached.
    struct Goal {
        var slot: EndpointSlot
        var from: Int64
        var end: Int64
        var now: Int64
        var limits: BacklogLimits
        /// Bytes that have to leave.
        var surplus: Int
        /// What came at this time or before is too old.
        var newestTooOld: Int64?

        init(_ held: EndpointProgress.Held, _ limits: BacklogLimits, slot: EndpointSlot, at now: Int64) {
            self.slot = slot
            self.now = now
            self.limits = limits
            from = held.from
            end = held.end
            // A little more than need be, so that not every commit reads the oldest row again.
            surplus = held.waitingBytes > limits.bytes ? held.waitingBytes - limits.bytes + limits.bytes / 64 : 0
            newestTooOld = limits.age.map { now - min($0.milliseconds, now) }
        }

        var withBodies: Bool { limits.whenFull == .deadLetter }
    }

    private(set) var events: [LeavingEvent] = []
    /// The same events, where they become dead letters.
    private(set) var letters: [(event: JournalEvent, reason: DeadLetterReason)] = []
    private var bytes = 0
    /// All events of the endpoint below it are chosen, or are in somebody's hands.
    var end: Int64
    /// Nothing after ``end`` has to leave.
    var isLast = false
    var isDamaged = false

    init(end: Int64) {
        self.end = end
    }

    func isFull(_ goal: Goal) -> Bool {
        goal.withBodies
            ? letters.count >= Self.maximumLetters || bytes >= Self.maximumLetterBytes
            : events.count >= Self.maximumEvents
    }

    /// Chooses events of the next row; sets ``isLast`` and ``end`` at the first that may stay.
    mutating func add(_ row: StoredRow, arrivedAt arrival: Int64, _ goal: Goal) throws(RowFault) {
        let isTooOld = goal.newestTooOld.map { arrival <= $0 } ?? false
        guard isTooOld || bytes < goal.surplus else {
            isLast = true
            end = max(goal.from, row.firstOffset)
            return
        }
        if goal.withBodies {
            let reason = isTooOld
                ? DeadLetterReason.expired(limit: goal.limits.age ?? .zero)
                : .backlogFull(limit: goal.limits.bytes)
            for event in try RowDecoder.events(of: row, for: goal.slot, from: goal.from) {
                guard choose(event.offset.rawValue, event.bytes, .deadLettered, isTooOld, goal) else { return }
                letters.append((event, reason))
            }
        } else {
            var found: [(offset: Int64, bytes: Int)] = []
            try RowDecoder.units(of: row) { unit in
                if unit.offset >= goal.from, unit.endpoints.contains(goal.slot) { found.append((unit.offset, unit.bytes)) }
            }
            for (offset, bytes) in found {
                guard choose(offset, bytes, isTooOld ? .expired : .dropped, isTooOld, goal) else { return }
            }
        }
    }

    private mutating func choose(
        _ offset: Int64, _ size: Int, _ settlement: Settlement, _ isTooOld: Bool, _ goal: Goal
    ) -> Bool {
        guard isTooOld || bytes < goal.surplus else {
            isLast = true
            end = offset
            return false
        }
        events.append(LeavingEvent(offset: offset, bytes: size, settlement: settlement))
        bytes += size
        return true
    }
}
