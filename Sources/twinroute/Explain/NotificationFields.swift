import HeaderSerialization
import Notifications

/// A notification's header as names and texts, in the order of the contract (design.md 5.4).
enum NotificationFields {
    static func attributes(of notification: Notification) -> [(name: String, value: String)] {
        let fields: [(String, String?)] = [
            ("id", notification.id), ("source", notification.source), ("specversion", "1.0"),
            ("type", notification.type), ("subject", notification.subject), ("time", notification.time),
            ("datacontenttype", notification.dataContentType), ("dataschema", notification.dataSchema),
            ("sequence", notification.sequence.map { "\($0)" }), ("traceparent", notification.traceParent),
        ]
        return fields.compactMap { name, value in value.map { (name, $0) } }
            + notification.extensions.map { ($0.name, $0.value.text) }
    }
}

func hexadecimal(_ bytes: some Sequence<UInt8>, separator: String = "") -> String {
    bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined(separator: separator)
}
