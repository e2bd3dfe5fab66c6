import Journal
import Notifications

/// What one endpoint's books have to say, worked out apart from the journal.
struct BooksModel {
    /// The letters of an earlier registration are not in these books.
    var start: Int64
    var received = 0
    var filtered = 0
    var deadLettered = 0
    var waiting: Set<Int64> = []
    /// Handed out since the last rewind, and not settled.
    var inHand: Set<Int64> = []
    /// Settled in this run, or in one before; a kill may bring some back.
    var settled: [Int64: Disposition] = [:]

    var books: EndpointBooks {
        var books = EndpointBooks()
        books.received = received
        books.filtered = filtered
        books.deadLettered = deadLettered
        books.waiting = waiting.count
        books.delivered = settled.values.count { $0 == .delivered }
        books.expired = settled.values.count { $0 == .expired }
        books.dropped = settled.values.count { $0 == .dropped }
        return books
    }

    mutating func settle(_ offset: Int64, as disposition: Disposition) {
        guard waiting.remove(offset) != nil else { return }
        inHand.remove(offset)
        settled[offset] = disposition
    }

    /// The oldest that nobody holds left.
    mutating func discard(_ count: Int, as disposition: Disposition) -> [Int64] {
        let leaving = Array(waiting.subtracting(inHand).sorted().prefix(count))
        for offset in leaving { settle(offset, as: disposition) }
        return leaving
    }

    /// After a kill `offsets` wait: all that did, and what of the settled came back.
    mutating func cameBack(_ offsets: Set<Int64>) -> Bool {
        let back = offsets.subtracting(waiting)
        guard waiting.isSubset(of: offsets), back.allSatisfy({ settled[$0] != nil }) else { return false }
        for offset in back { settled[offset] = nil }
        waiting = offsets
        return true
    }
}
