import Foundation
import Notifications

/// The events and tables of docs/filters.md.
struct FilterPage {
    var events: [String: Event] = [:]
    var accepted: [(filter: String, event: String, gives: String)] = []
    var rejected: [(filter: String, says: String)] = []

    static func load() throws -> FilterPage {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try FilterPage(String(contentsOf: root.appendingPathComponent("docs/filters.md"), encoding: .utf8))
    }

    private init(_ text: String) throws {
        var columns: [String] = []
        var event: (name: String, json: String)?
        for line in text.components(separatedBy: "\n") {
            if let open = event {
                if line == "```" {
                    events[open.name] = try Event(cloudEvent: open.json)
                    event = nil
                } else {
                    event = (open.name, open.json + line + "\n")
                }
            } else if line.hasPrefix("```json ") {
                event = (String(line.dropFirst(8)), "")
            } else if line.hasPrefix("|") {
                let cells = line.dropFirst().dropLast().components(separatedBy: " | ").map(Self.cell)
                if columns.isEmpty { columns = cells } else if !line.hasPrefix("|--") { add(cells, columns) }
            } else {
                columns = []
            }
        }
    }

    private mutating func add(_ cells: [String], _ columns: [String]) {
        switch columns.first {
        case "accepted filter": accepted.append((cells[0], cells[1], cells[2]))
        case "rejected filter": rejected.append((cells[0], cells[1]))
        default: break
        }
    }

    private static func cell(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        for fence in ["``", "`"] where trimmed.hasPrefix(fence) && trimmed.hasSuffix(fence) && trimmed.count >= 2 * fence.count {
            return String(trimmed.dropFirst(fence.count).dropLast(fence.count))
        }
        return trimmed
    }
}

extension Event {
    /// From CloudEvents JSON; `data` becomes the body.
    init(cloudEvent json: String) throws {
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
        func text(_ name: String) -> String? { object[name] as? String }
        self.init(
            id: text("id") ?? "", source: text("source") ?? "", type: text("type") ?? "", subject: text("subject"),
            time: text("time"), dataContentType: text("datacontenttype"), dataSchema: text("dataschema"),
            sequence: text("sequence").flatMap { Int32($0) }.map(SequenceNumber.init(rawValue:)),
            traceParent: text("traceparent"))
        let own = [
            "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "sequence",
            "sequencetype", "traceparent", "data",
        ]
        for (name, value) in object where !own.contains(name) {
            switch value {
            case let value as String: extensions.append(.init(name: name, value: .string(value)))
            case let value as Bool where json.contains("\"\(name)\": \(value)"):
                extensions.append(.init(name: name, value: .boolean(value)))
            case let value as Int: extensions.append(.init(name: name, value: .integer(Int32(value))))
            default: break
            }
        }
        if let data = object["data"] {
            body = Array(try JSONSerialization.data(withJSONObject: data))[...]
        }
    }
}
