import Notifications

/// An event on its way into the journal.
public struct PendingEvent: Sendable {
    /// Its `sequence` is ignored: the journal assigns it. Its body is best a slice of the batch's
    /// arena; any other slice is copied once more.
    public var notification: Notification
    public var endpoints: EndpointSet
    /// The subject was recreated: this event has sequence number 1 (seed "Route telemetry and
    /// event data").
    public var startsSubjectAnew: Bool

    public init(notification: Notification, endpoints: EndpointSet, startsSubjectAnew: Bool = false) {
        self.notification = notification
        self.endpoints = endpoints
        self.startsSubjectAnew = startsSubjectAnew
    }
}

/// Events that are committed together: all or none.
public struct JournalBatch: Sendable {
    public var events: [PendingEvent]
    /// The bytes that the bodies are slices of. It is written to disk as it is.
    public var arena: [UInt8]
    /// What tells the messages that this batch came from from new ones after a reconnect: those of
    /// all of them, in order, also of messages that gave no event.
    public var marks: IntakeMarks?
    /// Events that came with these and that no route wants: they are counted, not stored.
    public var unwanted: Int

    public init(events: [PendingEvent], arena: [UInt8] = [], marks: IntakeMarks? = nil, unwanted: Int = 0) {
        self.events = events
        self.arena = arena
        self.marks = marks
        self.unwanted = unwanted
    }
}

/// The journal's word that a batch is on disk.
public struct AppendReceipt: Sendable, Hashable {
    /// Offset of the batch's first event; the others follow one by one.
    public let firstOffset: EventOffset
    /// One for each event, in the order of the batch.
    public let sequences: [SequenceNumber]

    public var count: Int { sequences.count }
}
