import Notifications

/// The last sequence number of every subject, in memory, with an undo for a failed commit.
///
/// Laid out for a million subjects: names lie end to end in chunks, an entry takes 24 bytes and a
/// slot of the hash index 4; a `[String: Int32]` takes about twice as much. Nothing is ever
/// removed: forgetting a subject would start its numbers again.
///
/// An entry is *logged* once its number is in the `subjects` table (see `SubjectSegment`), and
/// unlogged again by the next event. Unlogged entries are found in the rows when the journal is
/// opened, so those rows must not be trimmed before the entry is logged.
struct SequenceTable {
    private struct Entry {
        var hash: UInt32
        /// `base` before the first event: the number after it is the first.
        var last: Int32
        /// Offset of the event that has `last`; -1 before the first.
        var lastOffset: Int64
        var chunk: UInt32
        var start: UInt32
    }

    private struct Undo {
        var entry: UInt32
        var last: Int32
        var lastOffset: Int64
    }

    private static let chunkBytes = 256 * 1024
    private static let prefixBytes = 5  // 4 length, 1 kind

    /// Index of the entry plus one; 0 is free. Linear probing, at most three quarters full.
    private var slots: [UInt32]
    private var entries: [Entry] = []
    private var chunks: [[UInt8]] = []
    private var unlogged: [UInt32] = []
    private var isUnlogged: [UInt64] = []
    private var undo: [Undo] = []
    private var inTransaction = false
    /// Bytes of all names with their prefixes.
    private(set) var nameBytes = 0
    /// A unit that is not known begins above it: 0, or more where numbers were lost (see Salvage).
    var base: Int32 = 0

    init() {
        slots = [UInt32](repeating: 0, count: 1024)
    }

    /// Units with an entry.
    var count: Int { entries.count }

    /// Seeded anew in each process, so that nobody can choose names that collide.
    static func hash(_ name: UnsafeRawBufferPointer, kind: SequenceUnitKind) -> UInt32 {
        var hasher = Hasher()
        hasher.combine(bytes: name)
        hasher.combine(kind.rawValue)
        return UInt32(truncatingIfNeeded: hasher.finalize())
    }

    // MARK: Numbers

    mutating func begin() {
        undo.removeAll(keepingCapacity: true)
        inTransaction = true
    }

    mutating func commit() {
        inTransaction = false
        undo.removeAll(keepingCapacity: true)
    }

    /// Takes back every number given since ``begin()``.
    mutating func rollback() {
        for step in undo.reversed() {
            entries[Int(step.entry)].last = step.last
            entries[Int(step.entry)].lastOffset = step.lastOffset
        }
        commit()
    }

    /// The next number of a unit.
    mutating func assign(
        _ name: UnsafeRawBufferPointer, kind: SequenceUnitKind, hash: UInt32, startsAnew: Bool, offset: Int64
    ) -> SequenceNumber {
        let index = findOrInsert(name, kind: kind, hash: hash)
        let entry = entries[index]
        if inTransaction {
            undo.append(Undo(entry: UInt32(index), last: entry.last, lastOffset: entry.lastOffset))
        }
        let next = startsAnew ? SequenceNumber.first : SequenceNumber(rawValue: entry.last).next
        entries[index].last = next.rawValue
        entries[index].lastOffset = offset
        noteUnlogged(index)
        return next
    }

    /// What a row or the `subjects` table says, when the journal is opened. The later offset wins.
    mutating func restore(
        _ name: UnsafeRawBufferPointer, kind: SequenceUnitKind, last: SequenceNumber, offset: Int64, logged: Bool
    ) {
        let index = findOrInsert(name, kind: kind, hash: Self.hash(name, kind: kind))
        guard offset >= entries[index].lastOffset else { return }
        entries[index].last = last.rawValue
        entries[index].lastOffset = offset
        if !logged { noteUnlogged(index) }
    }

    func last(_ name: String, kind: SequenceUnitKind = .subject) -> SequenceNumber? {
        var name = name
        return name.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard let index = find(bytes, kind: kind, hash: Self.hash(bytes, kind: kind)) else { return nil }
            return entries[index].lastOffset < 0 ? nil : SequenceNumber(rawValue: entries[index].last)
        }
    }

    /// Whether `offset` is the unit's last event.
    func isLast(_ name: UnsafeRawBufferPointer, kind: SequenceUnitKind, offset: Int64) -> Bool {
        guard let index = find(name, kind: kind, hash: Self.hash(name, kind: kind)) else { return false }
        return entries[index].lastOffset == offset
    }

    /// Numbers were lost: every unit, known or not, goes on `distance` higher, as from `offset` on.
    mutating func leap(by distance: Int32, offset: Int64) {
        guard distance != 0 else { return }
        base &+= distance
        for index in entries.indices {
            entries[index].last &+= distance
            entries[index].lastOffset = offset
        }
    }

    // MARK: Logging

    /// Entries that the rows below `floor` alone know about.
    func unloggedEntries(below floor: Int64) -> [UInt32] {
        unlogged.filter { index in
            let offset = entries[Int(index)].lastOffset
            return offset >= 0 && offset < floor
        }
    }

    /// Call after the commit that logged them; `floor` as before.
    mutating func markLogged(below floor: Int64) {
        unlogged.removeAll { index in
            guard entries[Int(index)].lastOffset < floor else { return false }
            isUnlogged[Int(index) / 64] &= ~(1 << UInt64(index % 64))
            return true
        }
    }

    func withEntry<R>(
        _ index: UInt32, _ body: (UnsafeRawBufferPointer, SequenceUnitKind, SequenceNumber, Int64) -> R
    ) -> R {
        let entry = entries[Int(index)]
        return withName(entry) { name, kind in
            body(name, kind, SequenceNumber(rawValue: entry.last), entry.lastOffset)
        }
    }

    private mutating func noteUnlogged(_ index: Int) {
        let bit: UInt64 = 1 << UInt64(index % 64)
        guard isUnlogged[index / 64] & bit == 0 else { return }
        isUnlogged[index / 64] |= bit
        unlogged.append(UInt32(index))
    }

    // MARK: The hash index

    private func find(_ name: UnsafeRawBufferPointer, kind: SequenceUnitKind, hash: UInt32) -> Int? {
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].hash == hash, matches(entries[index], name, kind) {
                return index
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func findOrInsert(_ name: UnsafeRawBufferPointer, kind: SequenceUnitKind, hash: UInt32) -> Int {
        if let index = find(name, kind: kind, hash: hash) { return index }
        if (entries.count + 1) * 4 > slots.count * 3 { growIndex() }
        let place = store(name, kind: kind)
        entries.append(Entry(
            hash: hash, last: base, lastOffset: -1,
            chunk: UInt32(place.chunk), start: UInt32(place.start)))
        if entries.count > isUnlogged.count * 64 { isUnlogged.append(0) }
        insertSlot(entries.count - 1, hash: hash)
        return entries.count - 1
    }

    private mutating func insertSlot(_ index: Int, hash: UInt32) {
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
    }

    private mutating func growIndex() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for (index, entry) in entries.enumerated() {
            insertSlot(index, hash: entry.hash)
        }
    }

    private mutating func store(_ name: UnsafeRawBufferPointer, kind: SequenceUnitKind) -> (chunk: Int, start: Int) {
        let needed = name.count + Self.prefixBytes
        if chunks.last.map({ $0.count + needed > Self.chunkBytes }) ?? true {
            var chunk: [UInt8] = []
            chunk.reserveCapacity(max(Self.chunkBytes, needed))
            chunks.append(chunk)
        }
        let chunk = chunks.count - 1
        let start = chunks[chunk].count
        withUnsafeBytes(of: UInt32(name.count)) { chunks[chunk].append(contentsOf: $0) }
        chunks[chunk].append(kind.rawValue)
        chunks[chunk].append(contentsOf: name)
        nameBytes += needed
        return (chunk, start)
    }

    private func withName<R>(
        _ entry: Entry, _ body: (UnsafeRawBufferPointer, SequenceUnitKind) -> R
    ) -> R {
        chunks[Int(entry.chunk)].withUnsafeBytes { bytes in
            let start = Int(entry.start)
            let length = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            let kind: SequenceUnitKind = bytes[start + 4] == SequenceUnitKind.source.rawValue ? .source : .subject
            let first = start + Self.prefixBytes
            return body(UnsafeRawBufferPointer(rebasing: bytes[first..<(first + length)]), kind)
        }
    }

    private func matches(_ entry: Entry, _ name: UnsafeRawBufferPointer, _ kind: SequenceUnitKind) -> Bool {
        withName(entry) { stored, storedKind in
            storedKind == kind && equalBytes(stored, name)
        }
    }
}
