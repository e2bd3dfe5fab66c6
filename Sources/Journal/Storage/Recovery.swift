import GRDB
import Notifications

/// What a journal knows of itself right after it is opened.
///
/// One pass over the `subjects` log and the headers of all rows. A row or segment that cannot be
/// read is counted and named in the log, and the pass goes on; see `JournalOpening` for what follows.
struct Recovery {
    var sequences = SequenceTable()
    var segments: [SegmentInfo] = []
    var ledgers: [EndpointLedger] = []
    var nextOffset: Int64 = 0
    var oldestOffset: Int64 = 0
    var storedBytes = 0
    var marks = MarkIndex()
    var totals = JournalTotals()
    var clockAnchor: JournalClock.Anchor?
    var clock: JournalClock
    var arrivalTimes = ArrivalTimes.List()
    var letters = LetterTotals()
    private var lastArrival: Int64 = 0
    /// Rows and segments that cannot be read.
    private(set) var damage = 0

    fileprivate struct Count {
        var endpoint: StoredEndpoint
        var settledEarly: Set<Int64>
        var waiting = 0
        var waitingBytes = 0
    }

    init(store: Store, figures: Figures, tuning: JournalTuning) throws(JournalError) {
        self = try store.read("reading the journal") { database in
            try Recovery(database, figures: figures, tuning: tuning)
        }
    }

    private init(_ database: Database, figures: Figures, tuning: JournalTuning) throws {
        nextOffset = try Store.nextOffset(database)
        sequences.base = Int32(clamping: try Store.number(.sequenceBase, database) ?? 0)
        totals.unwanted = try Store.number(.unwanted, database) ?? 0
        totals.redriven = try Store.number(.redriven, database) ?? 0
        clockAnchor = try Store.clockAnchor(database)
        clock = JournalClock(anchor: clockAnchor, lastArrival: 0, tuning: tuning)
        letters = try Store.letterTotals(database)
        let evicted = try Store.number(.lettersEvicted, database) ?? 0
        figures.update { [letters] in
            $0.deadLetters = letters.count
            $0.deadLetterBytes = letters.bytes
            $0.deadLettersEvicted = Int(evicted)
        }
        marks = try Store.markIndex(database)
        try readSegments(database, figures: figures)

        var counts = try Store.endpoints(database).map { endpoint in
            let early = try Store.tombstones(of: endpoint.id, from: endpoint.cursor, database)
            return Count(endpoint: endpoint, settledEarly: Set(early))
        }
        let allReadable = try readRows(database, counts: &counts, figures: figures)
        clock = JournalClock(anchor: clockAnchor, lastArrival: lastArrival, tuning: tuning)
        let received = totals.received(nextOffset: nextOffset)
        ledgers = counts.map { count in
            count.ledger(nextOffset: nextOffset, received: received, unwanted: totals.unwanted, isExact: allReadable)
        }
    }

    private mutating func readSegments(_ database: Database, figures: Figures) throws {
        for id in try Store.segmentIDs(database) {
            do {
                guard let segment = try Store.segment(id, database) else { continue }
                guard Checksum.of(segment.entries) == segment.checksum else {
                    throw RowFault.checksum(of: "sequence numbers")
                }
                try SubjectSegment.decode(segment.entries) { name, kind, last, offset in
                    sequences.restore(name, kind: kind, last: last, offset: offset, logged: true)
                }
                segments.append(SegmentInfo(id: id, bytes: segment.entries.count))
            } catch let error as RowFault {
                damage += 1
                figures.damagedSegment(id, reason: "\(error)")
                segments.append(SegmentInfo(id: id, bytes: 0))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                damage += 1
                figures.damagedSegment(id, reason: error.message ?? "corrupt")
                segments.append(SegmentInfo(id: id, bytes: 0))
            }
        }
    }

    /// Whether every row could be read.
    private mutating func readRows(_ database: Database, counts: inout [Count], figures: Figures) throws -> Bool {
        var allReadable = true
        var position: Int64 = 0
        oldestOffset = nextOffset
        while true {
            let keys = try Store.keys(from: position, limit: 512, database).filter { $0.firstOffset >= position }
            guard let last = keys.last else { return allReadable }
            oldestOffset = min(oldestOffset, keys[0].firstOffset)
            for key in keys {
                storedBytes += key.bytes
                do {
                    guard let row = try Store.row(at: key.firstOffset, withBodies: false, database) else { continue }
                    let isIntake = row.kind == RowKind.intake.rawValue
                    try RowDecoder.units(of: row) { unit in
                        if isIntake {
                            sequences.restore(
                                unit.name, kind: unit.kind, last: unit.sequence, offset: unit.offset, logged: false)
                        }
                        for index in counts.indices { counts[index].add(unit, isIntake: isIntake) }
                    }
                    // Rows of format version 1 do not say: they are as old as the time of the opening.
                    let time = row.arrivedAtMilliseconds == 0 ? clock.now : row.arrivedAtMilliseconds
                    lastArrival = max(lastArrival, row.arrivedAtMilliseconds)
                    arrivalTimes.add(ArrivalTimes.Entry(offset: row.firstOffset, time: time))
                } catch let error as RowFault {
                    damage += 1
                    figures.damagedRow(at: key.firstOffset, count: key.count, reason: "\(error)")
                    allReadable = false
                } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                    damage += 1
                    figures.damagedRow(at: key.firstOffset, count: key.count, reason: error.message ?? "corrupt")
                    allReadable = false
                }
            }
            position = max(last.endOffset, last.firstOffset + 1)
        }
    }
}

extension Recovery.Count {
    fileprivate mutating func add(_ unit: RowDecoder.Unit, isIntake: Bool) {
        guard unit.endpoints.contains(endpoint.slot) else {
            if isIntake, unit.offset >= endpoint.countedTo { endpoint.notRouted += 1 }
            return
        }
        guard unit.offset >= endpoint.cursor, !settledEarly.contains(unit.offset) else { return }
        waiting += 1
        waitingBytes += unit.bytes
    }

    /// - Parameters:
    ///   - received: events that ever came in.
    ///   - unwanted: those of them that no route wanted.
    fileprivate func ledger(nextOffset: Int64, received: Int64, unwanted: Int64, isExact: Bool) -> EndpointLedger {
        EndpointLedger(
            id: endpoint.id, slot: endpoint.slot, startOffset: endpoint.startOffset,
            progress: EndpointProgress(
                cursor: endpoint.cursor, end: nextOffset, waiting: waiting, waitingBytes: waitingBytes,
                waitingIsExact: isExact, settledEarly: settledEarly, passed: endpoint.settled),
            persistedCursor: endpoint.cursor,
            books: OpenBooks(
                receivedBase: endpoint.receivedBase, unwantedBase: endpoint.unwantedBase,
                received: Int(received - endpoint.receivedBase), unwanted: Int(unwanted - endpoint.unwantedBase),
                notRouted: endpoint.notRouted, deadLettered: endpoint.deadLettered, tombstones: Array(settledEarly)))
    }
}

/// A row of `subjects`, without its bytes.
struct SegmentInfo: Sendable {
    var id: Int64
    var bytes: Int
}
