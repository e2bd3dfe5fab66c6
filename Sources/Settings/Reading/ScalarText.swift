import Notifications
import Yams

/// A scalar's text with its variables expanded.
struct ScalarText {
    /// What the field gets.
    let value: String
    /// As the file has it.
    private let raw: String

    init(value: String, raw: String) {
        self.value = value
        self.raw = raw
    }

    /// A text in which nothing was expanded.
    init(raw: String) {
        self.init(value: raw, raw: raw)
    }

    /// The text for a fault: as the file has it, so that no variable's value is shown, and with
    /// the keys of a connection string that stands in the wrong place masked.
    var quoted: String {
        let lower = raw.lowercased()
        if lower.contains("sharedaccess") || lower.contains("@") { return "'\(Secret.mask)'" }
        let short = raw.unicodeScalars.count > 60 ? String(raw.prefix(60)) + "…" : raw
        let printable = short.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
        return value == raw ? "'\(printable)'" : "the value of '\(printable)'"
    }
}

extension Reading {
    /// The text of a scalar node; `nil` after a fault.
    mutating func text(of node: Node, expected kind: String) -> ScalarText? {
        guard case .scalar(let scalar) = node, !node.isNull else {
            fault(at: node, "\(path) is \(node.kindName)", remedy: "write \(kind)")
            return nil
        }
        return expand(scalar, at: node)
    }
}
