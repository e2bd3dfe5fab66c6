import Notifications

// How the books are kept on disk.
//
//  - `received` of all is `next_offset + unwanted - redriven` of `state`: every stored event took
//    an offset, and a redriven one took a second. An endpoint's share begins at its `received_base`.
//  - `filtered` is what of `unwanted` came after `unwanted_base`, and `not_routed`: the stored
//    events up to `counted_to` that are not for the endpoint. Those after it are counted from the
//    rows when the journal is opened; rows are trimmed only below every `counted_to`.
//  - `delivered`, `expired` and `dropped` cover the events below `cursor`, and are written with it.
//  - `dead_lettered` is written with the letter, wherever the cursor is; the tombstone keeps the
//    event from being counted again.

/// A row of `endpoints`.
struct StoredEndpoint: Sendable, Hashable {
    var slot: EndpointSlot
    var id: EndpointID
    var cursor: Int64
    /// The journal's end when the endpoint was registered. A letter of an event below it belongs to
    /// books that are gone.
    var startOffset: Int64
    var receivedBase: Int64
    var unwantedBase: Int64
    /// `not_routed` counts the events below it.
    var countedTo: Int64
    var notRouted = 0
    /// Settled below the cursor.
    var settled = SettlementCounts()
    var deadLettered = 0
    /// Tombstones lie below the cursor: they may go. No column.
    var hasOldTombstones = false
}

/// The totals of the journal that the books rest on.
struct JournalTotals: Sendable, Hashable {
    /// Events that no route wanted.
    var unwanted: Int64 = 0
    /// Events that took a second offset.
    var redriven: Int64 = 0

    func received(nextOffset: Int64) -> Int64 {
        nextOffset + unwanted - redriven
    }
}
