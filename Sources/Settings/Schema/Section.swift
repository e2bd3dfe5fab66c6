import Notifications
import Yams

/// A mapping of the configuration: its fields, and the checks that concern several of them.
struct Section<Value: Sendable>: Sendable {
    let title: String
    let summary: String
    /// The value with every default, and with placeholders for required fields; a placeholder
    /// never gets out, for a missing field is a fault.
    let initial: Value
    let fields: [Field<Value>]
    /// Called once every field is read and none of this section's has a fault.
    let check: @Sendable (inout Value, Places, inout Reading) -> Void

    init(
        _ title: String, _ summary: String, initial: Value, fields: [Field<Value>],
        check: @escaping @Sendable (inout Value, Places, inout Reading) -> Void = { _, _, _ in }
    ) {
        self.title = title
        self.summary = summary
        self.initial = initial
        self.fields = fields
        self.check = check
    }

    /// Where the section and its fields stand.
    struct Places {
        let section: Node
        fileprivate(set) var fields: [String: Node] = [:]

        /// The field's value, or the section where the field is absent.
        func node(_ name: String) -> Node { fields[name] ?? section }
    }

    /// The value, or `nil` once a fault is recorded.
    func read(_ node: Node, starting value: Value? = nil, _ reading: inout Reading) -> Value? {
        guard case .mapping(let mapping) = node else {
            let name = reading.path.isEmpty ? "the configuration" : reading.path
            reading.fault(at: node, "\(name) is \(node.kindName)", remedy: "write a mapping of \(fieldNames)")
            return nil
        }
        let before = reading.faults.count
        var value = value ?? initial
        var places = Places(section: node)
        for (key, child) in mapping {
            guard case .scalar(let scalar) = key, let field = fields.first(where: { $0.name == scalar.string }) else {
                reportUnknown(key, &reading)
                continue
            }
            // `key:` with nothing after it is as if it were not there.
            guard !child.isNull else { continue }
            places.fields[field.name] = child
            reading.descend(field.name, into: child) { field.read(child, &value, &$0) }
        }
        for field in fields where field.isRequired && places.fields[field.name] == nil {
            let place = reading.path.isEmpty ? "" : " in \(reading.path)"
            reading.fault(at: node, "'\(field.name)' is missing\(place)", remedy: "add \(field.name): \(field.kindName)")
        }
        guard reading.faults.count == before else { return nil }
        check(&value, places, &reading)
        return reading.faults.count == before ? value : nil
    }

    private var fieldNames: String { fields.map(\.name).joined(separator: ", ") }

    private func reportUnknown(_ key: Node, _ reading: inout Reading) {
        let place = reading.path.isEmpty ? "" : " in \(reading.path)"
        guard case .scalar(let scalar) = key else {
            reading.fault(at: key, "a key\(place) is \(key.kindName)", remedy: "write one of \(fieldNames)")
            return
        }
        let remedy =
            Spelling.nearest(to: scalar.string, among: fields.map(\.name)).map { "did you mean '\($0)'?" }
            ?? "known here: \(fieldNames)"
        let name = ScalarText(raw: reading.shield.reveal(scalar.string)).quoted
        reading.fault(at: key, "unknown key \(name)\(place)", remedy: remedy)
    }
}
