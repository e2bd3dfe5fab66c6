import GRDB

/// Finds the rows of a table whose pages are partly damaged. Looks from both ends, and in between
/// at places that halve what is left.
struct DamagedTable {
    let name: String
    /// The column that is the row's number in SQLite.
    let key: String

    /// Looks into a gap between readable rows at most.
    private static let maximumProbes = 20_000

    struct Keys {
        var found: [Int64]
        /// False if there may be more that cannot be seen.
        var isComplete: Bool
    }

    func keys(_ database: Database) -> Keys {
        var found: [Int64] = []
        if collect(database, order: "ASC", from: .min, through: .max, into: &found) {
            return Keys(found: found, isComplete: true)
        }
        let low = found.last ?? .min
        var upper: [Int64] = []
        _ = collect(database, order: "DESC", from: low == .max ? low : low + (low == .min ? 0 : 1), through: .max, into: &upper)
        let high = upper.last ?? .max
        var probes = Self.maximumProbes
        if low != .min, high != .max { search(database, low + 1, high - 1, &probes, &found) }
        return Keys(found: Set(found + upper).sorted(), isComplete: false)
    }

    /// All columns; `nil` if the row cannot be read.
    func row(_ key: Int64, _ database: Database) -> [DatabaseValue]? {
        let row = try? Row.fetchOne(
            database, sql: "SELECT * FROM \(name) NOT INDEXED WHERE \(self.key) = ?", arguments: [key])
        return row.map { Array($0.databaseValues) }
    }

    /// Whether it came to the end.
    private func collect(
        _ database: Database, order: String, from low: Int64, through high: Int64, into found: inout [Int64]
    ) -> Bool {
        do {
            let cursor = try Int64.fetchCursor(
                database,
                sql: "SELECT \(key) FROM \(name) NOT INDEXED WHERE \(key) BETWEEN ? AND ? ORDER BY \(key) \(order)",
                arguments: [low, high])
            while let value = try cursor.next() { found.append(value) }
            return true
        } catch {
            return false
        }
    }

    private func search(_ database: Database, _ low: Int64, _ high: Int64, _ probes: inout Int, _ found: inout [Int64]) {
        guard low <= high, probes > 0 else { return }
        probes -= 1
        let middle = low + (high - low) / 2
        var here: [Int64] = []
        let above = collect(database, order: "ASC", from: middle, through: high, into: &here)
        found += here
        let next = here.last.map { $0 + 1 } ?? middle + 1
        if !above { search(database, next, high, &probes, &found) }
        search(database, low, middle - 1, &probes, &found)
    }
}
