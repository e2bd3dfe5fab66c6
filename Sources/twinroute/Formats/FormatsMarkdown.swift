import HeaderSerialization
import Notifications

/// The images of an event side by side: a table of names, then each image in full.
enum FormatsMarkdown {
    static func text(of notification: Notification, images: [ProtocolImage]) -> String {
        (table(of: notification, images: images) + images.flatMap(block)).joined(separator: "\n")
    }

    // MARK: Table

    private static func table(of notification: Notification, images: [ProtocolImage]) -> [String] {
        let images = images.filter { $0.repeats == nil }
        var lines = [
            row(["", "value"] + images.map(\.title)),
            row(Array(repeating: "---", count: images.count + 2)),
        ]
        for name in attributeNames(of: notification) {
            guard let value = notification.attribute(name) else { continue }
            lines.append(row(["`\(name)`", "`\(value)`"] + images.map { cell($0.places(ofAttribute: name, value: value)) }))
        }
        for property in notification.properties {
            let places = images.map { cell($0.place(ofProperty: property.name).map { [$0] } ?? []) }
            lines.append(row(["property `\(property.name)`", property.value.map { "`\($0)`" } ?? "–"] + places))
        }
        return lines
    }

    /// In the order in which the bridge writes them.
    private static func attributeNames(of notification: Notification) -> [String] {
        let names = [
            "specversion", "id", "source", "type", "subject", "dataschema", "traceparent", "time", "sequence", "sequencetype",
        ]
        return names + notification.extensions.map(\.name).filter { !names.contains($0) } + ["datacontenttype"]
    }

    private static func cell(_ places: [String]) -> String {
        places.isEmpty ? "–" : places.map { "`\($0)`" }.joined(separator: ", ")
    }

    private static func row(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    // MARK: Images

    private static func block(_ image: ProtocolImage) -> [String] {
        var lines = ["", "**\(image.title)**", "", "```"]
        let width = image.parts.flatMap(\.fields).map(\.name.count).max() ?? 0
        for part in image.parts where !part.fields.isEmpty {
            lines.append(part.name)
            lines += part.fields.map { field in
                "  \(field.name)\(String(repeating: " ", count: width - field.name.count))  \(field.value)"
            }
        }
        lines.append(image.bodyName)
        lines += image.repeats.map { ["  as the payload of \($0)"] } ?? body(image).map { "  \($0)" }
        return lines + ["```"]
    }

    private static func body(_ image: ProtocolImage) -> [String] {
        guard !image.body.isEmpty else { return ["(empty)"] }
        guard let text = String(validating: image.body, as: UTF8.self) else {
            let digits = image.body.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            return stride(from: 0, to: digits.count, by: 32).map { start in
                digits[start..<min(start + 32, digits.count)].joined(separator: " ")
            }
        }
        return image.members.isEmpty ? [text] : JSONIndentation.lines(of: text)
    }
}
