import Notifications

/// What gives an event its sequence number: its subject, or its source where it has none.
struct SequenceUnit: Sendable, Hashable {
    var hash: UInt32
    /// Where the name's UTF-8 lies in the row's headers.
    var start: UInt32
    var length: UInt32
    var kind: SequenceUnitKind
    var startsAnew: Bool

    var range: Range<Int> { Int(start)..<(Int(start) + Int(length)) }
}

/// A subject and a source of the same name are two units.
enum SequenceUnitKind: UInt8, Sendable, Hashable {
    case subject = 0
    case source = 1
}

/// A batch as its row will hold it, made on the appending thread so that the writer only assigns
/// numbers and binds bytes.
struct EncodedBatch: Sendable {
    let events: [PendingEvent]
    let units: [SequenceUnit]
    /// Union over the events.
    let endpoints: EndpointSet
    /// Events for each slot.
    let endpointCounts: [Int32]
    /// Bytes of each event: its header and its body.
    let sizes: [UInt32]
    /// Bytes of the events for each slot.
    let endpointBytes: [Int]
    let headers: [UInt8]
    let bodies: [UInt8]
    let headersChecksum: UInt64
    let bodiesChecksum: UInt64
    /// What the batch holds in memory beside its encoded form.
    let residentBytes: Int
    let notes: IntakeNotes

    var count: Int { events.count }
    var encodedBytes: Int { headers.count + bodies.count }
}
