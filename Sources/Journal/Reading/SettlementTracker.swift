/// What one endpoint was given and what of it is settled.
///
/// Invariants: the offsets ascend; the first live one is not settled; every event of the endpoint
/// below ``lowWater`` is settled, and counted in ``passed``.
struct SettlementTracker {
    /// Offsets handed out, from `head` on; those before it are settled and gone.
    private var offsets: [Int64] = []
    private var states: [Settlement] = []
    private var sizes: [UInt32] = []
    private var head = 0
    /// Settled before they were handed out: dead letters of an earlier run.
    private var settledEarly: Set<Int64>
    /// Discarded without having been handed out; counted once ``lowWater`` is at `below`.
    private var discards: ArraySlice<(below: Int64, counts: SettlementCounts)> = []
    /// Everything of the endpoint below this was handed out at least once, or discarded.
    private(set) var scanned: Int64
    /// Handed out and not settled.
    private(set) var unsettledCount = 0
    private(set) var unsettledBytes = 0
    /// Settled below ``lowWater``.
    private(set) var passed: SettlementCounts
    /// Settled above it.
    private(set) var above = SettlementCounts()

    init(cursor: Int64, settledEarly: Set<Int64> = [], passed: SettlementCounts = SettlementCounts()) {
        scanned = cursor
        self.settledEarly = settledEarly
        self.passed = passed
    }

    /// Every event of the endpoint below this is settled; the event at it is not, or is not read.
    var lowWater: Int64 {
        head < offsets.count ? offsets[head] : scanned
    }

    /// Whether the event is to be given to the endpoint: not if it was settled.
    mutating func handOut(_ offset: Int64, bytes: Int = 0) -> Bool {
        if offset >= scanned {
            scanned = offset + 1
            if settledEarly.remove(offset) != nil { return false }
            offsets.append(offset)
            states.append(.open)
            sizes.append(UInt32(clamping: bytes))
            unsettledCount += 1
            unsettledBytes += bytes
            return true
        }
        return isOutstanding(offset)
    }

    /// No event of the endpoint lies between ``scanned`` and `offset`.
    mutating func scan(upTo offset: Int64) {
        scanned = max(scanned, offset)
        if !settledEarly.isEmpty { settledEarly = settledEarly.filter { $0 >= scanned } }
        if !discards.isEmpty { passDiscards() }
    }

    var hasSettledEarly: Bool { !settledEarly.isEmpty }

    func isSettledEarly(_ offset: Int64) -> Bool { settledEarly.contains(offset) }

    /// Handed out, and neither settled nor on its way into the dead letters.
    func isOutstanding(_ offset: Int64) -> Bool {
        index(of: offset).map { states[$0] == .open } ?? false
    }

    /// The event's bytes, if it was outstanding until now.
    mutating func settle(_ offset: Int64, as settlement: Settlement = .delivered) -> Int? {
        settle(offset, from: .open, as: settlement)
    }

    // MARK: Dead letters

    /// Nothing but ``buryCondemned(_:)`` settles the event now. Returns whether it was outstanding.
    mutating func condemn(_ offset: Int64) -> Bool {
        guard let index = index(of: offset), states[index] == .open else { return false }
        states[index] = .condemned
        return true
    }

    /// The event did not get into the dead letters: it is outstanding again.
    mutating func pardon(_ offset: Int64) {
        guard let index = index(of: offset), states[index] == .condemned else { return }
        states[index] = .open
    }

    /// The condemned event is in the dead letters. Returns its bytes.
    mutating func buryCondemned(_ offset: Int64) -> Int? {
        settle(offset, from: .condemned, as: .deadLettered)
    }

    /// The condemned event leaves in another way.
    mutating func settleCondemned(_ offset: Int64, as settlement: Settlement) {
        _ = settle(offset, from: .condemned, as: settlement)
    }

    // MARK: Discarding

    /// Events between ``scanned`` and `end` leave unread: all that the endpoint has there.
    mutating func discard(upTo end: Int64, _ counts: SettlementCounts) {
        if !counts.isEmpty {
            discards.append((max(end, scanned), counts))
            above += counts
        }
        scan(upTo: end)
    }

    private mutating func settle(_ offset: Int64, from state: Settlement, as settlement: Settlement) -> Int? {
        guard let index = index(of: offset), states[index] == state else { return nil }
        let bytes = Int(sizes[index])
        states[index] = settlement
        above.add(settlement)
        unsettledCount -= 1
        unsettledBytes -= bytes
        while head < states.count, states[head].isFinal {
            above.add(states[head], -1)
            passed.add(states[head])
            head += 1
        }
        if !discards.isEmpty { passDiscards() }
        compact()
        return bytes
    }

    private mutating func passDiscards() {
        while let first = discards.first, first.below <= lowWater {
            above -= first.counts
            passed += first.counts
            discards.removeFirst()
        }
        if discards.isEmpty { discards = [] }
    }

    private func index(of offset: Int64) -> Int? {
        var low = head
        var high = offsets.count
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < offsets.count && offsets[low] == offset ? low : nil
    }

    private mutating func compact() {
        guard head == offsets.count || (head > 4096 && head > offsets.count / 2) else { return }
        offsets.removeFirst(head)
        states.removeFirst(head)
        sizes.removeFirst(head)
        head = 0
    }
}
