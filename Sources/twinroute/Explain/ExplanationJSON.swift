import Azure
import Filters
import Foundation
import Notifications
import Routing

/// Writes an explanation as one JSON object.
struct ExplanationJSON {
    func text(of explanation: EventExplanation) throws -> String {
        var event: [String: Any] = [
            "attributes": Dictionary(
                NotificationFields.attributes(of: explanation.notification).map { ($0.name, $0.value) },
                uniquingKeysWith: { first, _ in first }),
            "properties": explanation.notification.properties.map {
                ["name": $0.name, "value": $0.value.map { $0 as Any } ?? NSNull()]
            },
        ]
        event.merge(Self.body(Array(explanation.notification.body))) { first, _ in first }
        var object: [String: Any] = [
            "event": event,
            "routes": explanation.routes.map(route),
            "endpoints": explanation.images.map(image),
        ]
        object["origin"] = explanation.origin
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    private static func body(_ bytes: [UInt8]) -> [String: Any] {
        if let text = String(validating: bytes, as: UTF8.self) { return ["body": text] }
        return ["body_base64": Data(bytes).base64EncodedString()]
    }

    // MARK: Routes

    private func route(_ explanation: RouteExplanation) -> [String: Any] {
        var object: [String: Any] = [
            "id": explanation.route.id, "endpoint": explanation.route.endpoint.rawValue,
            "matches": explanation.matches, "takesType": explanation.takesType, "delivers": explanation.delivers,
        ]
        object["filter"] = explanation.route.filter
        object["expression"] = explanation.filter.map { expression($0.root) }
        object["bodyFault"] = explanation.filter?.evaluation.bodyFault.map { "\($0)" }
        return object
    }

    private func expression(_ explanation: Explanation) -> [String: Any] {
        var object: [String: Any] = [
            "text": explanation.text, "offset": explanation.range.lowerBound, "length": explanation.range.count,
        ]
        switch explanation.outcome {
        case .value(let value):
            object["shown"] = value.description
            object["value"] = json(value)
        case .notEvaluated:
            object["evaluated"] = false
        }
        if !explanation.errors.isEmpty { object["errors"] = explanation.errors.map { "\($0)" } }
        if !explanation.parts.isEmpty { object["parts"] = explanation.parts.map(expression) }
        return object
    }

    /// `nil` for what JSON has no value for; `shown` says it.
    private func json(_ value: FilterValue) -> Any? {
        switch value {
        case .boolean(let value): value
        case .integer(let value): value
        case .string(let value): value
        case .long(let value): value
        case .number(let value): value.isFinite ? value : nil
        case .null: NSNull()
        case .several(let values): values.map { json($0) ?? NSNull() }
        case .absent, .object, .array: nil
        }
    }

    // MARK: Endpoints

    private func image(_ image: MessageImage) -> [String: Any] {
        var object: [String: Any] = ["id": image.endpoint.id.rawValue, "type": image.endpoint.type.rawValue]
        object["path"] = image.endpoint.path
        switch image.content {
        case .amqp(let message):
            object["size"] = message.bytes.count
            object["partitionKey"] = message.partitionKey
            object["message"] = EventJSON().object(of: message.content)
            object["hex"] = hexadecimal(message.bytes)
        case .eventGrid(let bytes):
            object["size"] = bytes.count
            object["schema"] = image.endpoint.schema.rawValue
            object["message"] = try? JSONSerialization.jsonObject(with: Data(bytes))
        }
        return object
    }
}
