import Azure
import Filters
import Notifications
import Routing

/// Writes an explanation for people.
struct ExplanationText {
    let style: TerminalStyle
    private static let valueWidth = 60
    private static let bodyWidth = 2000

    func text(of explanation: EventExplanation) -> String {
        var lines = [heading("event", explanation.origin)]
        lines += notificationLines(explanation.notification)
        lines += ["", heading("routes", explanation.routes.isEmpty ? "none: nothing leaves" : nil)]
        for route in explanation.routes { lines += routeLines(route) }
        lines += ["", heading("endpoints", explanation.images.isEmpty ? "none: the event is filtered" : nil)]
        for image in explanation.images { lines += imageLines(image) }
        return lines.joined(separator: "\n")
    }

    private func heading(_ title: String, _ more: String?) -> String {
        style(title, .bold) + (more.map { "  " + style($0.escapedForTerminal, .dim) } ?? "")
    }

    private func field(_ name: String, _ value: String, indent: Int) -> String {
        fields([(name, value)], indent: indent)[0]
    }

    private func fields(_ fields: [(name: String, value: String)], indent: Int) -> [String] {
        FieldColumns.lines(fields, indent: indent)
    }

    // MARK: The event

    private func notificationLines(_ notification: Notification) -> [String] {
        let attributes = fields(NotificationFields.attributes(of: notification), indent: 2)
        let properties = fields(notification.properties.map { ($0.name, $0.value ?? "") }, indent: 2)
        return attributes
            + (properties.isEmpty ? [] : ["  " + style("properties", .dim)] + properties)
            + ["  " + style("body, \(notification.body.count) bytes", .dim)] + bodyLines(Array(notification.body), indent: 2)
    }

    private func bodyLines(_ body: [UInt8], indent: Int) -> [String] {
        guard !body.isEmpty else { return [] }
        let lead = String(repeating: " ", count: indent)
        guard let text = String(validating: body, as: UTF8.self) else {
            return [lead + hexadecimal(body.prefix(48), separator: " ") + (body.count > 48 ? " …" : "")]
        }
        return [lead + text.escapedForTerminal.cut(to: Self.bodyWidth)]
    }

    // MARK: Routes

    private func routeLines(_ explanation: RouteExplanation) -> [String] {
        let route = explanation.route
        let sign = explanation.delivers ? style("✓", .green) : style("✗", .red)
        var lines = ["  \(sign) \(style(route.id, .bold)) → \(route.endpoint)" + remark(explanation)]
        if let filter = explanation.filter { lines += treeLines(filter) }
        return lines
    }

    private func remark(_ explanation: RouteExplanation) -> String {
        var remarks: [String] = []
        if explanation.filter == nil { remarks.append("no filter: takes everything") }
        if !explanation.takesType { remarks.append("the endpoint's eventTypes leave this type out") }
        if !explanation.matches, explanation.filter?.evaluation.errors.isEmpty == false {
            remarks.append("an event that meets an error does not match")
        }
        if let fault = explanation.filter?.evaluation.bodyFault { remarks.append("the body is not JSON: \(fault)") }
        return remarks.isEmpty ? "" : "  " + style(remarks.joined(separator: "; "), .dim)
    }

    private func treeLines(_ filter: FilterExplanation) -> [String] {
        let tree = ExpressionTree(filter)
        return tree.rows.enumerated().map { index, row in
            let text = "      " + row.text.padded(to: tree.width + 2)
            guard let value = row.value else { return style(text + "not evaluated", .dim) }
            let errors = row.errors.map { "  " + style("✗ \($0.escapedForTerminal)", .yellow) }.joined()
            return text + shown(value, isVerdict: index == 0) + errors
        }
    }

    private func shown(_ value: FilterValue, isVerdict: Bool) -> String {
        let text = value.description.escapedForTerminal.cut(to: Self.valueWidth)
        return switch value {
        case .boolean(true): style(text, .green)
        case .boolean(false): style(text, .red)
        case .absent: style(text, .yellow)
        default: style(text, .cyan)
        }
    }

    // MARK: Endpoints

    private func imageLines(_ image: MessageImage) -> [String] {
        let endpoint = image.endpoint
        let place = [endpoint.type.rawValue, endpoint.path].compactMap(\.self).joined(separator: " ")
        let title = "  \(style("✓", .green)) \(style("\(endpoint.id)", .bold))  " + style(place, .dim)
        switch image.content {
        case .amqp(let message):
            return [title] + messageLines(message)
        case .eventGrid(let bytes):
            let size = field("size", "\(bytes.count) bytes, of a request's array", indent: 6)
            let schema = field("schema", endpoint.schema.rawValue, indent: 6)
            return [title, size, schema] + bodyLines(bytes, indent: 8)
        }
    }

    private func messageLines(_ message: MessageImage.Message) -> [String] {
        var lines: [String] = []
        lines.append(field("size", "\(message.bytes.count) bytes, encoded", indent: 6))
        lines.append(field("partition key", message.partitionKey ?? "none", indent: 6))
        for section in message.content.sections where !section.fields.isEmpty {
            lines.append("      " + style(section.name, .dim))
            lines += fields(section.fields.map { ($0.name, $0.value.displayText) }, indent: 8)
        }
        lines.append("      " + style("body, \(message.content.body.count) bytes", .dim))
        return lines + bodyLines(message.content.body, indent: 8)
    }
}
