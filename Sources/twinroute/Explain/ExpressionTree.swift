import Filters

/// A filter's sub-expressions as the rows of a tree, each with the value it saw.
struct ExpressionTree {
    struct Row {
        /// Branches and expression.
        var text: String
        var value: FilterValue?
        var errors: [String]
    }

    private static let textWidth = 58
    private(set) var rows: [Row] = []

    init(_ explanation: FilterExplanation) {
        add(explanation.root, lead: "", branch: "", below: "")
    }

    var width: Int { rows.map(\.text.count).max() ?? 0 }

    private mutating func add(_ node: Explanation, lead: String, branch: String, below: String) {
        // A filter may have line feeds in it.
        let text = node.text.split(whereSeparator: \.isWhitespace).joined(separator: " ").escapedForTerminal
        let value: FilterValue? = if case .value(let value) = node.outcome { value } else { nil }
        rows.append(Row(
            text: lead + branch + text.cut(to: max(16, Self.textWidth - lead.count - branch.count)), value: value,
            errors: node.errors.map { "\($0)" }))
        // A literal says nothing that its parent's text does not say; what was not evaluated saw nothing.
        let parts = value == nil ? [] : node.parts.filter { !$0.isLiteral }
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            add(part, lead: lead + below, branch: isLast ? "└ " : "├ ", below: isLast ? "  " : "│ ")
        }
    }
}

extension Explanation {
    /// A text, a number, `true`, `false` or `null`.
    fileprivate var isLiteral: Bool {
        guard parts.isEmpty, errors.isEmpty, let first = text.first else { return false }
        return first == "'" || first == "\"" || first.isNumber || ["true", "false", "null"].contains(text.lowercased())
    }
}
