/// Writes a received event for a terminal.
struct EventText {
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
            lines += FieldColumns.lines(fields.map { ($0.name, $0.value.displayText) }, indent: 4)
        }
        for (title, fields) in event.sections { add(title, fields) }
        lines.append("  body, \(event.body.count) bytes")
        if !event.body.isEmpty { lines.append("    " + Self.bodyText(event.body)) }
        return lines.joined(separator: "\n")
    }

    private static func bodyText(_ body: [UInt8]) -> String {
        let shown = body.prefix(bodyLimit)
        let more = body.count > bodyLimit ? " … \(body.count - bodyLimit) more bytes" : ""
        if let text = String(validating: shown, as: UTF8.self) {
            return text.escapedForTerminal + more
        }
        return shown.prefix(256).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: " ") + (body.count > 256 ? " … \(body.count) bytes" : "")
    }
}
