import Notifications
import Synchronization

/// What the way in writes down beside events.
extension Journal {
    /// Events came that no route wants, or messages that gave no event. They are counted, and the
    /// marks kept, with the next commit or within about 200 ms, in order with the appends; nobody
    /// waits for the disk.
    public func noteUnwanted(events: Int, marks: IntakeMarks? = nil) {
        var notes = IntakeNotes()
        notes.add(unwanted: events, marks: marks)
        guard !notes.isEmpty else { return }
        writer.submit(.note(notes), mayBlock: false)
    }

    /// The last marks of a source, the oldest first: at most ``IntakeMarks/maximumCount``. Waits
    /// for what was submitted before. Not to be called from an append's completion.
    ///
    /// Throws ``JournalError/storage(_:)`` and ``JournalError/closed``.
    public func marks(of source: String) throws(JournalError) -> [IntakeMark] {
        try writer.runAlone { writer in
            Result { () throws(JournalError) in
                writer.flushCursors()
                return try writer.store.direct("reading marks") { try Store.marks(of: source, $0) }
            }
        }
    }

    /// Forgets the marks of a source: its session is gone, and its packet ids mean nothing any
    /// more. On disk when it returns. Not to be called from an append's completion.
    ///
    /// Throws ``JournalError/storage(_:)`` and ``JournalError/closed``.
    public func forgetMarks(of source: String) throws(JournalError) {
        try writer.runAlone { writer in
            Result { () throws(JournalError) in
                writer.flushCursors()
                try writer.store.transaction("forgetting marks") { try Store.deleteMarks(of: source, $0) }
                writer.state.withLock { $0.marks.forget(source) }
            }
        }
    }
}
