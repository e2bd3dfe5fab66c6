/// The message ids of the last while, for duplicate detection. Bounded: beyond the limit the oldest
/// is forgotten before its time.
struct DuplicateWindow {
    static let limit = 200_000

    let length: Milliseconds
    private var ids: Set<String> = []
    private var order: ArraySlice<(id: String, at: Milliseconds)> = []

    init(length: Milliseconds) {
        self.length = length
    }

    var count: Int { ids.count }

    /// Whether the id is new; it is known from now on.
    mutating func admit(_ id: String, at now: Milliseconds) -> Bool {
        while let oldest = order.first, now - oldest.at >= length || ids.count >= Self.limit {
            ids.remove(oldest.id)
            order.removeFirst()
        }
        if order.startIndex > 1024, order.startIndex > order.count { order = ArraySlice(Array(order)) }
        guard ids.insert(id).inserted else { return false }
        order.append((id, now))
        return true
    }
}
