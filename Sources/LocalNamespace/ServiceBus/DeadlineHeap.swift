/// What falls due when, the earliest first. An entry is never taken out before its time: whoever
/// gets it looks whether it still means anything.
struct DeadlineHeap<Content: Sendable>: Sendable {
    private var entries: [(at: Milliseconds, content: Content)] = []

    var next: Milliseconds? { entries.first?.at }
    var count: Int { entries.count }

    mutating func insert(_ content: Content, at time: Milliseconds) {
        entries.append((time, content))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].at < entries[parent].at else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// What fell due, if anything did.
    mutating func popDue(at now: Milliseconds) -> Content? {
        guard let first = entries.first, first.at <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown()
        }
        return first.content
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].at < entries[least].at { least = child }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }

    /// Keeps only what still means something.
    mutating func prune(_ isAlive: (Content) -> Bool) {
        let alive = entries.filter { isAlive($0.content) }
        entries = []
        for entry in alive { insert(entry.content, at: entry.at) }
    }
}
