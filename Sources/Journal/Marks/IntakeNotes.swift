/// What a commit writes down beside events: how many no route wanted, and the marks of messages.
struct IntakeNotes: Sendable {
    var unwanted = 0
    private(set) var marks: [IntakeMarks] = []

    var isEmpty: Bool { unwanted == 0 && marks.isEmpty }

    mutating func add(unwanted count: Int, marks new: IntakeMarks?) {
        unwanted += count
        if let new, !new.entries.isEmpty { add(new) }
    }

    mutating func add(_ other: IntakeNotes) {
        unwanted += other.unwanted
        for new in other.marks { add(new) }
    }

    /// One row a source: marks of the same source are joined, in order.
    private mutating func add(_ new: IntakeMarks) {
        guard let index = marks.firstIndex(where: { $0.source == new.source }) else {
            marks.append(new)
            return
        }
        marks[index].entries += new.entries
    }
}
