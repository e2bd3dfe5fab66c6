import AMQPCodec
import Foundation

/// Writes a received event as one line of JSON.
struct EventJSON {
    func text(of event: ReceivedEvent) -> String {
        guard
            let data = try? JSONSerialization.data(
                withJSONObject: object(of: event), options: [.sortedKeys, .withoutEscapingSlashes]),
            let text = String(data: data, encoding: .utf8)
        else {
            return #"{"error":"the message cannot be written as JSON"}"#
        }
        return text
    }

    func object(of event: ReceivedEvent) -> [String: Any] {
        var object: [String: Any] = [
            "attributes": Self.dictionary(event.attributes),
            "properties": Self.dictionary(event.properties),
            "annotations": Self.dictionary(event.annotations),
            "message": Self.dictionary(event.messageFields),
        ]
        if let text = String(validating: event.body, as: UTF8.self) {
            object["body"] = text
        } else {
            object["body_base64"] = Data(event.body).base64EncodedString()
        }
        return object
    }

    private static func dictionary(_ fields: [ReceivedEvent.Field]) -> [String: Any] {
        Dictionary(fields.map { ($0.name, value($0.value)) }) { first, _ in first }
    }

    private static func value(_ value: AMQPValue) -> Any {
        switch value {
        case .null: NSNull()
        case .boolean(let value): value
        case .float(let value) where value.isFinite: value
        case .double(let value) where value.isFinite: value
        case .timestamp: value.displayText
        default: value.integer ?? value.displayText
        }
    }
}
