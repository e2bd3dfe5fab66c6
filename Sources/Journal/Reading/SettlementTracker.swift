/// What one endpoint was given and what of it is settled.
///
/// Invariants: `outstanding` ascends; its first live element is not settled; every event of the
/// endpoint below ``lowWater`` is settled.
struct SettlementTracker {
    /// Offsets handed out, from `head` on; those before it are settled and gone.
    private var offsets: [Int64] = []
    private var settled: [Bool] = []
    private var head = 0
    /// Settled before they were handed out: dead letters of an earlier run.
    private var settledEarly: Set<Int64>
    /// Everything of the endpoint below this was handed out at least once.
    private(set) var scanned: Int64
    /// Handed out and not settled.
    private(set) var unsettledCount = 0

    init(cursor: Int64, settledEarly: Set<Int64> = []) {
        scanned = cursor
        self.settledEarly = settledEarly
    }

    /// Every event of the endpoint below this is settled; the event at it is not, or is not read.
    var lowWater: Int64 {
        head < offsets.count ? offsets[head] : scanned
    }

    /// Whether the event is to be given to the endpoint: not if it was settled.
    mutating func handOut(_ offset: Int64) -> Bool {
        if offset >= scanned {
            scanned = offset + 1
            if settledEarly.remove(offset) != nil { return false }
            offsets.append(offset)
            settled.append(false)
            unsettledCount += 1
            return true
        }
        guard let index = index(of: offset) else { return false }
        return !settled[index]
    }

    /// No event of the endpoint lies between ``scanned`` and `offset`.
    mutating func scan(upTo offset: Int64) {
        scanned = max(scanned, offset)
        if !settledEarly.isEmpty { settledEarly = settledEarly.filter { $0 >= scanned } }
    }

    var hasSettledEarly: Bool { !settledEarly.isEmpty }

    func isOutstanding(_ offset: Int64) -> Bool {
        index(of: offset).map { !settled[$0] } ?? false
    }

    /// Whether the offset was outstanding until now.
    mutating func settle(_ offset: Int64) -> Bool {
        guard let index = index(of: offset), !settled[index] else { return false }
        settled[index] = true
        unsettledCount -= 1
        while head < settled.count, settled[head] { head += 1 }
        compact()
        return true
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
        settled.removeFirst(head)
        head = 0
    }
}
