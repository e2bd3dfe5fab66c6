import GRDB
import Notifications

/// What a journal knows of itself right after it is opened.
///
/// One pass over the `subjects` log and the headers of all rows. A row or segment that cannot be
/// read is counted and named in the log, and the pass goes on.
struct Recovery {
    var sequences = SequenceTable()
    var segments: [SegmentInfo] = []
    var ledgers: [EndpointLedger] = []
    var nextOffset: Int64 = 0
    var oldestOffset: Int64 = 0
    var storedBytes = 0
    var marks = MarkIndex()
    var unwanted: Int64 = 0

    fileprivate struct Count {
        var endpoint: StoredEndpoint
        var settledEarly: Set<Int64>
        var waiting = 0
    }

    init(store: Store, figures: Figures) throws(JournalError) {
        self = try store.read("reading the journal") { database in
            try Recovery(database, figures: figures)
        }
    }

    private init(_ database: Database, figures: Figures) throws {
        nextOffset = try Store.nextOffset(database)
        unwanted = try Store.number(.unwanted, database) ?? 0
        marks = try Store.markIndex(database)
        try readSegments(database, figures: figures)

        var counts = try Store.endpoints(database).map { endpoint in
            let early = try Store.deadLetterOffsets(of: endpoint.id, from: endpoint.cursor, database)
            return Count(endpoint: endpoint, settledEarly: Set(early))
        }
        let allReadable = try readRows(database, counts: &counts, figures: figures)
        ledgers = counts.map { count in
            EndpointLedger(
                id: count.endpoint.id, slot: count.endpoint.slot,
                progress: EndpointProgress(
                    cursor: count.endpoint.cursor, end: nextOffset, waiting: count.waiting,
                    waitingIsExact: allReadable, settledEarly: count.settledEarly),
                persistedCursor: count.endpoint.cursor)
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
                figures.damagedSegment(id, reason: "\(error)")
                segments.append(SegmentInfo(id: id, bytes: 0))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
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
                    try RowDecoder.units(of: row) { unit in
                        sequences.restore(
                            unit.name, kind: unit.kind, last: unit.sequence, offset: unit.offset, logged: false)
                        for index in counts.indices where counts[index].isWaiting(unit) { counts[index].waiting += 1 }
                    }
                } catch let error as RowFault {
                    figures.damagedRow(at: key.firstOffset, count: key.count, reason: "\(error)")
                    allReadable = false
                } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                    figures.damagedRow(at: key.firstOffset, count: key.count, reason: error.message ?? "corrupt")
                    allReadable = false
                }
            }
            position = max(last.endOffset, last.firstOffset + 1)
        }
    }
}

extension Recovery.Count {
    fileprivate func isWaiting(_ unit: RowDecoder.Unit) -> Bool {
        unit.offset >= endpoint.cursor && unit.endpoints.contains(endpoint.slot)
            && !settledEarly.contains(unit.offset)
    }
}

/// A row of `subjects`, without its bytes.
struct SegmentInfo: Sendable {
    var id: Int64
    var bytes: Int
}
