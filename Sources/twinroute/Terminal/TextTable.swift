/// Columns for people; a cell is cut where it is very long.
struct TextTable {
    private static let longestCell = 60

    private let header: [String]
    private let rows: [[String]]

    init(_ header: [String], rows: [[String]]) {
        self.header = header
        self.rows = rows.map { $0.map { $0.escapedForTerminal.cut(to: Self.longestCell) } }
    }

    func lines(_ style: TerminalStyle) -> [String] {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
            return String(padded.reversed().drop { $0 == " " }.reversed())
        }
        return [style(line(header), .bold)] + rows.map(line)
    }

    func print() {
        for line in lines(.standardOutput()) { Swift.print(line) }
    }
}
