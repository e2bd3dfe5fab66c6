/// Which rows of `marks` there are, so that a commit knows which of them it makes superfluous.
struct MarkIndex {
    struct Row: Hashable {
        var id: Int64
        var count: Int
    }

    struct NewRow {
        var source: String
        var id: Int64
        var count: Int
    }

    private struct Source {
        var rows: ArraySlice<Row> = []
        var total = 0
    }

    private var sources: [String: Source] = [:]
    private(set) var nextID: Int64 = 1

    /// The rows that hold `marks`: one a source.
    func rows(for marks: [IntakeMarks]) -> [NewRow] {
        marks.enumerated().map { index, marks in
            NewRow(
                source: marks.source, id: nextID + Int64(index),
                count: min(marks.entries.count, IntakeMarks.maximumCount))
        }
    }

    /// The highest row of `source` that nobody needs once `count` more marks are there.
    func lastSuperfluousRow(of source: String, adding count: Int) -> Int64? {
        guard let known = sources[source] else { return nil }
        var total = known.total + count
        var last: Int64?
        for row in known.rows {
            guard total - row.count >= IntakeMarks.maximumCount else { break }
            total -= row.count
            last = row.id
        }
        return last
    }

    /// `row` was written and what it makes superfluous deleted.
    mutating func add(_ row: Row, of source: String) {
        let last = lastSuperfluousRow(of: source, adding: row.count)
        var known = sources.removeValue(forKey: source) ?? Source()
        while let first = known.rows.first, let last, first.id <= last {
            known.rows.removeFirst()
            known.total -= first.count
        }
        // A slice keeps its whole array alive: begin anew when most of it is behind us.
        if known.rows.startIndex > 1024, known.rows.startIndex > known.rows.count {
            known.rows = ArraySlice(Array(known.rows))
        }
        known.rows.append(row)
        known.total += row.count
        sources[source] = known
        nextID = max(nextID, row.id + 1)
    }

    mutating func forget(_ source: String) {
        sources[source] = nil
    }
}
