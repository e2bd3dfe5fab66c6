import Notifications
import Yams

/// One walk through a configuration's nodes: where it is, what surrounds the file, and the faults
/// found so far. A fault never stops the walk, so that all of them are reported at once.
struct Reading {
    /// As it was named to the loader, for faults.
    let file: String
    /// Relative paths in the file start here.
    let folder: String
    let environment: [String: String]
    let source: SourceText
    let shield: ReferenceShield

    private(set) var faults: [ConfigurationFault] = []
    /// Where each field's value begins, by its path (`mqtt[0].url`).
    private(set) var positions: [String: FieldPosition] = [:]
    /// The text of each single value that no variable is part of, by its path.
    private(set) var texts: [String: String] = [:]
    /// The path of the field that is being read.
    private(set) var path = ""
    /// Names that must be used once, by what they name; checked as they are read.
    private var names: [String: [String: SourcePosition]] = [:]
    /// Names of things that may stand anywhere in the file; checked at the end.
    var endpointReferences: [(name: String, position: SourcePosition)] = []

    init(file: String, folder: String, environment: [String: String], source: SourceText, shield: ReferenceShield) {
        self.file = file
        self.folder = folder
        self.environment = environment
        self.source = source
        self.shield = shield
    }

    mutating func fault(at position: SourcePosition, _ message: String, remedy: String) {
        faults.append(ConfigurationFault(file: file, position: position, message: message, remedy: remedy))
    }

    mutating func fault(at node: Node, _ message: String, remedy: String) {
        fault(at: node.position, message, remedy: remedy)
    }

    /// Reads one field with `path` extended by `component`.
    mutating func descend<Result>(_ component: String, into node: Node, _ body: (inout Reading) -> Result) -> Result {
        let outer = path
        path += component.hasPrefix("[") || path.isEmpty ? component : ".\(component)"
        defer { path = outer }
        positions[path] = FieldPosition(node)
        if let text = node.scalar.map({ shield.reveal($0.string) }), !text.contains("${") { texts[path] = text }
        return body(&self)
    }

    /// Records a name, and a fault if the same kind of thing had it before.
    mutating func claim(_ name: String, as kind: String, at node: Node) {
        if let first = names[kind]?[name] {
            fault(
                at: node, "the \(kind) '\(name)' is there twice, first in line \(first.line)",
                remedy: "give each \(kind) a name of its own")
        } else {
            names[kind, default: [:]][name] = node.position
        }
    }

    /// An absolute path, or one that starts in the configuration's folder.
    func resolve(_ file: String) -> String {
        file.hasPrefix("/") ? file : "\(folder)/\(file)"
    }
}

extension Node {
    /// Where the node begins. Composed nodes always have a mark; a made one stands at the start.
    var position: SourcePosition {
        mark.map { SourcePosition(line: $0.line, column: $0.column) } ?? SourcePosition(line: 1, column: 1)
    }

    /// Whether the file gives no value: `key:`, `key: ~` or `key: null`.
    var isNull: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// What the node is, in the words of a fault.
    var kindName: String {
        switch self {
        case .scalar: isNull ? "nothing" : "a single value"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
