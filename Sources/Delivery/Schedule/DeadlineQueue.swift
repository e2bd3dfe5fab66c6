/// Things to do at a time, the earliest first: a binary heap.
struct DeadlineQueue<Element> {
    private var heap: [(at: Duration, element: Element)] = []

    var first: Duration? { heap.first?.at }
    var count: Int { heap.count }

    mutating func add(_ element: Element, at time: Duration) {
        heap.append((time, element))
        var child = heap.count - 1
        while child > 0, heap[child].at < heap[(child - 1) / 2].at {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The earliest, where its time has come.
    mutating func popDue(_ now: Duration) -> Element? {
        guard let first = heap.first, first.at <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            if least == parent { return first.element }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
