/// One message on its way out.
struct OutgoingMessage: Sendable {
    let topic: String
    let payload: [UInt8]
    let qos: Subscription.MaximumQoS
    let retained: Bool
    let properties: MessageProperties?

    /// What MQTT cannot carry. Checked before any C string is made, which would end at U+0000.
    func fault() -> ConnectionFailure? {
        func tooLong(_ text: String) -> Bool { text.utf8.count > 65535 }
        func shown(_ text: String) -> String { String(text.prefix(80)) }
        if topic.isEmpty || topic.utf8.contains(0) || tooLong(topic) || topic.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") })
        {
            return .invalidMessage(
                field: "topic", value: shown(topic), remedy: "use 1…65535 bytes without U+0000, `+` and `#`")
        }
        if payload.count > 268_435_455 - topic.utf8.count - 5 {
            return .invalidMessage(
                field: "payload", value: "\(payload.count) bytes", remedy: "MQTT packets hold at most 268,435,455 bytes")
        }
        guard let properties else { return nil }
        var texts = properties.userProperties.flatMap { [$0.name, $0.value] }
        texts += [properties.contentType, properties.responseTopic].compactMap { $0 }
        if let text = texts.first(where: { $0.utf8.contains(0) || tooLong($0) }) {
            return .invalidMessage(
                field: "properties", value: shown(text), remedy: "use at most 65535 bytes without U+0000")
        }
        if let data = properties.correlationData, data.count > 65535 {
            return .invalidMessage(
                field: "correlationData", value: "\(data.count) bytes", remedy: "use at most 65535 bytes")
        }
        return nil
    }
}
