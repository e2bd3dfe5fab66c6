import HeaderSerialization
import Notifications
import TestSupport

extension Notification {
    /// An event that every protocol can carry: text of any script, names and bodies of many sizes,
    /// names that look like reserved ones. Attribute values are strings, for most protocols have
    /// no other type.
    static func random(nowMilliseconds: Int64, using generator: inout SplitMix64) -> Notification {
        var notification = Notification(
            id: text(1...40, using: &generator), source: token(using: &generator), type: text(1...40, using: &generator))
        notification.subject = maybe(&generator) { text(1...40, using: &$0) }
        notification.time = maybe(&generator) {
            RFC3339.text(milliseconds: Int64.random(in: 0...4_000_000_000_000, using: &$0))
        }
        notification.dataSchema = maybe(&generator) { token(using: &$0) }
        notification.sequence = maybe(&generator) { SequenceNumber(rawValue: .random(in: .min...(.max), using: &$0)) }
        notification.traceParent = maybe(&generator) { TraceParent.begin(using: &$0).description }
        setBody(of: &notification, using: &generator)
        for index in 0..<Int.random(in: 0...5, using: &generator) {
            notification.extensions.append(
                ExtensionAttribute(name: "ext\(index)", value: .string(text(0...60, using: &generator))))
        }
        var names = Set<String>()
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let name = propertyName(using: &generator)
            guard names.insert(name).inserted else { continue }
            notification.properties.append(Property(name: name, value: freeText(0...40, using: &generator)))
        }
        if Bool.random(using: &generator) {
            let fields = fields(nowMilliseconds, id: notification.id, using: &generator)
            if !fields.isEmpty { notification.messageFields = fields }
        }
        return notification
    }

    private static func maybe<Value>(
        _ generator: inout SplitMix64, _ make: (inout SplitMix64) -> Value
    ) -> Value? {
        Bool.random(using: &generator) ? make(&generator) : nil
    }

    private static func setBody(of notification: inout Notification, using generator: inout SplitMix64) {
        let sizes = Int.random(in: 0..<50, using: &generator) == 0 ? [5_000] : [0, 1, 2, 200, 255, 256]
        let count = sizes.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<3, using: &generator) {
        case 0:
            notification.dataContentType = "application/json"
            notification.body = Array(#"{"temp":\#(count),"text":"\#(String(repeating: "é", count: count))"}"#.utf8)[...]
        case 1:
            notification.dataContentType = "text/plain; charset=utf-8"
            notification.body = Array(freeText(1...300, using: &generator).utf8)[...]
        default:
            notification.dataContentType = "application/octet-stream"
            notification.body = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }[...]
        }
    }

    private static func fields(_ now: Int64, id: String, using generator: inout SplitMix64) -> MessageFields {
        var fields = MessageFields()
        fields.messageID = maybe(&generator) { text(1...20, using: &$0) }.flatMap { $0 == id ? nil : $0 }
        fields.correlationID = maybe(&generator) { generator in
            (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        }
        fields.userID = maybe(&generator) { generator in
            (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        }
        fields.contentEncoding = maybe(&generator) { _ in "gzip" }
        fields.replyTo = maybe(&generator) { topic(using: &$0) }
        // MQTT knows whole seconds only.
        fields.expiresAtMilliseconds = maybe(&generator) { now + 1000 * Int64.random(in: 0...1_000_000, using: &$0) }
        return fields
    }

    private static func propertyName(using generator: inout SplitMix64) -> String {
        let reserved = [
            "id", "Source", "time", "cloudEvents:id", "cloudEvents_type", "@id", "@@cloudEvents:x", "message-id",
            "user-id", "ce-id", "content-type", "data", "contenttype", "propertybag", "$.mid", "@", "a", "A", "ü",
        ]
        if Bool.random(using: &generator) { return reserved.randomElement(using: &generator) ?? "a" }
        return freeText(1...30, using: &generator)
    }

    /// Text that a CloudEvents String allows.
    private static func text(_ length: ClosedRange<Int>, using generator: inout SplitMix64) -> String {
        String(String.UnicodeScalarView(freeText(length, using: &generator).unicodeScalars.map { scalar in
            scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? "·" : scalar
        }))
    }

    /// Any text without U+0000.
    private static func freeText(_ length: ClosedRange<Int>, using generator: inout SplitMix64) -> String {
        var text = ""
        // Mostly short ones, for the sake of time.
        let isLong = Int.random(in: 0..<8, using: &generator) == 0
        let most = isLong ? length.upperBound : min(length.upperBound, length.lowerBound + 5)
        for _ in 0..<Int.random(in: length.lowerBound...most, using: &generator) {
            let highest: UInt32 = [0x7F, 0x7F, 0x2FF, 0x10FFFF].randomElement(using: &generator) ?? 0x7F
            text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 1...highest, using: &generator)) ?? "x")
        }
        return text
    }

    private static func topic(using generator: inout SplitMix64) -> String {
        let scalars = text(1...20, using: &generator).unicodeScalars.filter { $0 != "+" && $0 != "#" }
        return String(String.UnicodeScalarView(scalars)) + "x"
    }

    private static func token(using generator: inout SplitMix64) -> String {
        let scalars = text(1...30, using: &generator).unicodeScalars.filter { $0 != " " }
        return "urn:x:" + String(String.UnicodeScalarView(scalars))
    }
}
