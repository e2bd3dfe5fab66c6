/// Decoded rows that wait to be handed out. A row that is wanted whole leaves without a copy of
/// its events.
struct ReadAhead {
    private var rows: [[JournalEvent]]
    private var row = 0
    private var index = 0

    init(_ rows: [[JournalEvent]] = []) {
        self.rows = rows.filter { !$0.isEmpty }
    }

    var isEmpty: Bool { row == rows.count }

    var first: JournalEvent? {
        isEmpty ? nil : rows[row][index]
    }

    /// The next row, if none of it was taken.
    var wholeRow: [JournalEvent]? {
        isEmpty || index > 0 ? nil : rows[row]
    }

    mutating func removeRow() {
        guard !isEmpty else { return }
        rows[row] = []
        row += 1
        index = 0
    }

    mutating func removeFirst() {
        guard !isEmpty else { return }
        index += 1
        if index == rows[row].count { removeRow() }
    }
}
