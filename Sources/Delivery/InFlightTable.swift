import Journal

/// The events that were sent and have no outcome yet, in the order of sending.
///
/// Ids count up by one, so that a table of a few thousand entries is a ring with no hashing.
struct InFlightTable {
    private struct Entry {
        var offset: EventOffset
        var bytes: Int
        var isOpen: Bool
    }

    private var entries: ArraySlice<Entry> = []
    /// Id of the first of `entries`.
    private var firstID: UInt64 = 0
    private(set) var count = 0
    private(set) var bytes = 0

    mutating func add(offset: EventOffset, bytes: Int) -> UInt64 {
        entries.append(Entry(offset: offset, bytes: bytes, isOpen: true))
        count += 1
        self.bytes += bytes
        return firstID + UInt64(entries.count - 1)
    }

    /// The offset of the event with this id, which leaves the table; `nil` where it is not in it.
    mutating func remove(id: UInt64) -> EventOffset? {
        guard id >= firstID, id - firstID < UInt64(entries.count) else { return nil }
        let index = entries.startIndex + Int(id - firstID)
        guard entries[index].isOpen else { return nil }
        entries[index].isOpen = false
        count -= 1
        bytes -= entries[index].bytes
        let offset = entries[index].offset
        dropSettledPrefix()
        return offset
    }

    private mutating func dropSettledPrefix() {
        var settled = 0
        while settled < entries.count, !entries[entries.startIndex + settled].isOpen { settled += 1 }
        firstID += UInt64(settled)
        entries.removeFirst(settled)
        // A slice keeps its whole array alive; begin anew when most of it is behind us.
        if entries.isEmpty {
            entries = []
        } else if entries.startIndex > 4096, entries.startIndex > 2 * entries.count {
            entries = ArraySlice(Array(entries))
        }
    }
}
