import Filters
import Foundation
import Notifications
import Yams

/// One case of the CESQL conformance set.
struct ConformanceCase {
    var suite: String
    var name: String
    var expression: String
    var result: FilterValue?
    var error: String?
    var notification: Event

    /// All cases of a folder of YAML files, in the order of the files' names.
    static func load(_ folder: URL) throws -> [ConformanceCase] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        return try files.flatMap { file -> [ConformanceCase] in
            let root = try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8))
            return root?["tests"]?.sequence?.map { ConformanceCase(file.deletingPathExtension().lastPathComponent, $0) } ?? []
        }
    }

    private init(_ suite: String, _ node: Node) {
        self.suite = suite
        name = node["name"]?.string ?? ""
        // An unquoted `TRUE` or `-10` is the text of an expression, too.
        expression = node["expression"]?.scalar?.string ?? ""
        result = node["result"].flatMap(Self.value)
        error = node["error"]?.string
        var attributes: [(String, Node)] = [
            ("specversion", "1.0"), ("id", "id"), ("source", "localhost.localdomain"), ("type", "myType"),
        ]
        if let event = node["event"]?.mapping {
            attributes = event.map { ($0.key.string ?? "", $0.value) }
        }
        for override in node["eventOverrides"]?.mapping ?? [:] {
            attributes.append((override.key.string ?? "", override.value))
        }
        notification = Event(id: "", source: "", type: "")
        for (name, value) in attributes { notification.set(name, value) }
    }

    fileprivate static func value(_ node: Node) -> FilterValue? {
        guard let scalar = node.scalar else { return nil }
        if node.tag == Tag(.bool) || (scalar.style == .any || scalar.style == .plain) && ["TRUE", "FALSE"].contains(scalar.string) {
            return .boolean(scalar.string.lowercased() == "true")
        }
        if scalar.style == .singleQuoted || scalar.style == .doubleQuoted { return .string(scalar.string) }
        if let bool = node.bool { return .boolean(bool) }
        if let int = Int32(scalar.string) { return .integer(int) }
        return .string(scalar.string)
    }
}

extension Event {
    /// Sets a context attribute as CloudEvents JSON would.
    fileprivate mutating func set(_ name: String, _ node: Node) {
        let text = node.scalar?.string ?? ""
        switch name {
        case "specversion": break
        case "id": id = text
        case "source": source = text
        case "type": type = text
        case "subject": subject = text
        case "time": time = text
        case "datacontenttype": dataContentType = text
        case "dataschema": dataSchema = text
        case "sequence": sequence = Int32(text).map(SequenceNumber.init(rawValue:))
        default:
            let value: AttributeValue =
                switch ConformanceCase.value(node) {
                case .boolean(let value): .boolean(value)
                case .integer(let value): .integer(value)
                default: .string(text)
                }
            extensions.append(ExtensionAttribute(name: name, value: value))
        }
    }
}
