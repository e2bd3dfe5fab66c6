/// Names and values in two columns, for a terminal.
enum FieldColumns {
    private static let leastWidth = 18
    private static let greatestWidth = 40

    static func lines(_ fields: [(name: String, value: String)], indent: Int) -> [String] {
        let names = fields.map { $0.name.escapedForTerminal.cut(to: greatestWidth) }
        let width = max(leastWidth, names.map(\.count).max() ?? 0)
        return zip(names, fields).map { name, field in
            String(repeating: " ", count: indent) + name.padded(to: width) + " " + field.value.escapedForTerminal
        }
    }
}
