import Synchronization

/// When events came in, to about a second: offsets and times of some of the rows.
final class ArrivalTimes: Sendable {
    /// An event at or above the offset came at the time, or later.
    struct Entry: Sendable, Hashable {
        var offset: Int64
        var time: Int64
    }

    struct List: Sendable {
        static let maximumCount = 65_536

        private(set) var entries: ArraySlice<Entry> = []
        /// Rows closer together in time than this share an entry.
        private var resolution: Int64 = 1000

        mutating func add(_ entry: Entry) {
            if let last = entries.last, entry.time < last.time + resolution { return }
            entries.append(entry)
            guard entries.count > Self.maximumCount else { return }
            resolution *= 2
            entries = ArraySlice(entries.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        }

        mutating func drop(below offset: Int64) {
            while entries.count > 1, entries[entries.startIndex + 1].offset <= offset { entries.removeFirst() }
            if entries.startIndex > 1024, entries.startIndex > entries.count { entries = ArraySlice(Array(entries)) }
        }

        /// When the event came, or somewhat earlier; `nil` where nothing is known.
        func time(of offset: Int64) -> Int64? {
            var (low, high) = (entries.startIndex, entries.endIndex)
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].offset <= offset { low = middle + 1 } else { high = middle }
            }
            return low > entries.startIndex ? entries[low - 1].time : entries.first?.time
        }
    }

    private let list: Mutex<List>

    init(_ list: List) {
        self.list = Mutex(list)
    }

    func add(offset: Int64, time: Int64) {
        list.withLock { $0.add(Entry(offset: offset, time: time)) }
    }

    func drop(below offset: Int64) {
        list.withLock { $0.drop(below: offset) }
    }

    func time(of offset: Int64) -> Int64? {
        list.withLock { $0.time(of: offset) }
    }
}
