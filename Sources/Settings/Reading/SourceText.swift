import Yams

/// The text of a configuration file by lines, to find places inside a value.
struct SourceText: Sendable {
    private let lines: [[Unicode.Scalar]]

    init(_ text: String) {
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    }

    /// Where `needle` stands for the `occurrence`-th time (from 0) at or after `start` in the same line.
    func position(of needle: String, occurrence: Int, from start: SourcePosition) -> SourcePosition? {
        guard lines.indices.contains(start.line - 1) else { return nil }
        let line = lines[start.line - 1]
        let wanted = Array(needle.unicodeScalars)
        var remaining = occurrence
        var column = start.column - 1
        while column + wanted.count <= line.count {
            if line[column..<column + wanted.count].elementsEqual(wanted) {
                if remaining == 0 { return SourcePosition(line: start.line, column: column + 1) }
                remaining -= 1
            }
            column += 1
        }
        return nil
    }

    /// Where the character at `offset` (in Unicode scalars) of a scalar's value stands.
    ///
    /// YAML folds lines, strips indents and reads escapes, so value and source are walked side by
    /// side: white space matches any white space, and source that the value lacks is stepped over.
    func position(of offset: Int, in value: String, of scalar: FieldPosition) -> SourcePosition {
        var line = scalar.start.line - 1
        var column = scalar.start.column - 1
        if scalar.isBlock {
            line += 1
            column = 0
        }
        for (index, character) in value.unicodeScalars.enumerated() {
            if index > offset { break }
            if character.properties.isWhitespace {
                if index == offset { break }
                continue
            }
            while lines.indices.contains(line) {
                if column >= lines[line].count {
                    line += 1
                    column = 0
                } else if lines[line][column] == character {
                    break
                } else {
                    column += 1
                }
            }
            guard lines.indices.contains(line) else { return scalar.start }
            if index < offset { column += 1 }
        }
        return SourcePosition(line: line + 1, column: column + 1)
    }

    /// Where the key stands a second time in the mapping in which it first stands at `first`.
    func secondPosition(ofKey key: String, first: SourcePosition) -> SourcePosition? {
        let wanted = Array(key.unicodeScalars)
        for number in lines.indices.dropFirst(first.line) {
            let line = lines[number].dropFirst(first.column - 1)
            let indent = lines[number].prefix(first.column - 1)
            let afterKey = line.dropFirst(wanted.count).first { $0 != " " }
            if indent.allSatisfy({ $0 == " " || $0 == "-" }), line.starts(with: wanted), afterKey == ":" {
                return SourcePosition(line: number + 1, column: first.column)
            }
        }
        return nil
    }
}

/// Where a field's value begins, and how it is written there.
struct FieldPosition: Sendable {
    let start: SourcePosition
    /// `|` or `>`: the text begins in the next line.
    let isBlock: Bool

    init(_ node: Node) {
        start = node.position
        switch node.scalar?.style {
        case .literal, .folded: isBlock = true
        default: isBlock = false
        }
    }
}
