import GRDB

/// What any transaction takes along: what was noted, and the clock's anchor if it is out of date.
struct Jottings {
    let notes: IntakeNotes
    fileprivate let rows: [MarkIndex.NewRow]
    fileprivate let unwanted: Int64
    fileprivate let anchor: JournalClock.Anchor?

    init(_ state: borrowing JournalWriter.State, adding new: IntakeNotes, clock: JournalClock) {
        var notes = state.notes
        notes.add(new)
        self.notes = notes
        rows = state.marks.rows(for: notes.marks)
        unwanted = state.totals.unwanted + Int64(notes.unwanted)
        anchor = clock.isOutdated(state.clockAnchor) ? clock.anchor : nil
    }

    var isEmpty: Bool { notes.isEmpty && anchor == nil }

    func write(_ index: MarkIndex, _ database: Database) throws {
        if notes.unwanted > 0 { try Store.set(.unwanted, to: unwanted, database) }
        if let anchor { try Store.set(anchor, database) }
        for (marks, row) in zip(notes.marks, rows) {
            try Store.insertMarks(
                marks, id: row.id, deletingUpTo: index.lastSuperfluousRow(of: row.source, adding: row.count), database)
        }
    }
}

extension JournalWriter.State {
    /// It is on disk.
    mutating func noted(_ jottings: Jottings) {
        notes = IntakeNotes()
        totals.unwanted = jottings.unwanted
        if let anchor = jottings.anchor { clockAnchor = anchor }
        for row in jottings.rows { marks.add(MarkIndex.Row(id: row.id, count: row.count), of: row.source) }
    }
}
