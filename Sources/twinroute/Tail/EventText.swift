/// Writes a received event for a terminal.
struct EventText {
    private static let nameWidth = 18
    private static let bodyLimit = 64 << 10

    func text(of event: ReceivedEvent) -> String {
        var lines: [String] = []
        let type = event.attribute("type") ?? "message"
        let subject = event.attribute("subject").map { " · \($0)" } ?? ""
        let sequence = event.attribute("sequence").map { " · \($0)" } ?? ""
        lines.append("── \(type)\(subject)\(sequence)")
        func add(_ title: String, _ fields: [ReceivedEvent.Field]) {
            guard !fields.isEmpty else { return }
            lines.append("  \(title)")
            for field in fields {
                let padding = String(repeating: " ", count: max(1, Self.nameWidth - field.name.count))
                lines.append("    \(Self.escaped(field.name))\(padding)\(Self.escaped(field.value.displayText))")
            }
        }
        add("attributes", event.attributes)
        add("properties", event.properties)
        add("annotations", event.annotations)
        add("message", event.messageFields)
        lines.append("  body, \(event.body.count) bytes")
        if !event.body.isEmpty { lines.append("    " + Self.bodyText(event.body)) }
        return lines.joined(separator: "\n")
    }

    private static func bodyText(_ body: [UInt8]) -> String {
        let shown = body.prefix(bodyLimit)
        let more = body.count > bodyLimit ? " … \(body.count - bodyLimit) more bytes" : ""
        if let text = String(validating: shown, as: UTF8.self) {
            return escaped(text) + more
        }
        return shown.prefix(256).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: " ") + (body.count > 256 ? " … \(body.count) bytes" : "")
    }

    /// A device chooses what its messages say; it must not move the cursor of who looks at them.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control && scalar != "\t"
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }
}
