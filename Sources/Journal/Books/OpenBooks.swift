/// The part of an endpoint's books that its progress does not know.
struct OpenBooks: Sendable {
    var receivedBase: Int64
    let unwantedBase: Int64
    /// Stored events that came in, by what of the endpoint's time they were counted in.
    var stored: Int
    /// Events that no route wanted.
    var unwanted: Int
    /// Stored events that are not for this endpoint.
    var notRouted: Int
    var deadLettered: Int
    /// Letters of an earlier registration that were redriven to this one.
    var revived = 0
    /// Dead letters that the cursor on disk has not passed.
    private(set) var tombstones: [Int64]
    private(set) var lowestTombstone: Int64?

    init(
        receivedBase: Int64, unwantedBase: Int64, received: Int, unwanted: Int, notRouted: Int, deadLettered: Int,
        tombstones: [Int64]
    ) {
        self.receivedBase = receivedBase
        self.unwantedBase = unwantedBase
        stored = received - unwanted
        self.unwanted = unwanted
        self.notRouted = notRouted
        self.deadLettered = deadLettered
        self.tombstones = tombstones
        lowestTombstone = tombstones.min()
    }

    func shown(progress: borrowing EndpointProgress) -> EndpointBooks {
        var shown = EndpointBooks()
        let settled = progress.settled
        shown.received = stored + unwanted + revived
        shown.filtered = notRouted + unwanted
        shown.delivered = settled.delivered
        shown.expired = settled.expired
        shown.dropped = settled.dropped
        shown.deadLettered = deadLettered
        shown.waiting = progress.waiting
        return shown
    }

    mutating func add(_ arrivals: Arrivals) {
        stored += arrivals.intake
        notRouted += arrivals.intake - arrivals.intakeCount
    }

    /// The events went to the dead letters.
    mutating func bury(_ offsets: some Sequence<Int64>) {
        for offset in offsets {
            deadLettered += 1
            tombstones.append(offset)
            lowestTombstone = min(lowestTombstone ?? offset, offset)
        }
    }

    mutating func removeTombstones(below cursor: Int64) {
        tombstones.removeAll { $0 < cursor }
        lowestTombstone = tombstones.min()
    }
}

/// What a commit brought, as one endpoint sees it.
struct Arrivals: Sendable {
    /// The journal's end.
    var end: Int64
    /// Events that came in, whoever they are for.
    var intake = 0
    /// Those of them that are for this endpoint.
    var intakeCount = 0
    /// All events for this endpoint, redriven ones too.
    var count = 0
    var bytes = 0
}

/// An event that a limit makes leave.
struct LeavingEvent: Sendable, Hashable {
    var offset: Int64
    var bytes: Int
    var settlement: Settlement
}
