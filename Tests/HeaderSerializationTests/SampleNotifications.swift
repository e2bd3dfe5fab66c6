import Notifications

extension Notification {
    /// Telemetry as the bridge makes it of a device's message.
    static let telemetry = Notification(
        id: "5d1f7a52-1", source: "factory-7.example.net", type: EventType.telemetryName, subject: "pump-17",
        time: "2030-01-31T12:00:00.1234567Z", dataContentType: "application/json",
        dataSchema: "dtmi:example:Pump;1", sequence: SequenceNumber(rawValue: 7),
        traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        body: Array(#"{"temp":21.5}"#.utf8)[...])

    /// Every field filled in, with text beyond ASCII.
    static let everything: Notification = {
        var notification = telemetry
        notification.extensions = [
            ExtensionAttribute(name: "modelstatus", value: .string("Successful")),
            ExtensionAttribute(name: "ünicode".filter(\.isASCII), value: .string("größer % \"quoted\"")),
            ExtensionAttribute(name: "flag", value: .string("true")),
        ]
        notification.properties = [
            Property(name: "line", value: "7"), Property(name: "Temperature Unit", value: "°C"),
            Property(name: "empty", value: ""),
        ]
        notification.messageFields = MessageFields(
            messageID: "device-4711", correlationID: [0, 0xFF, 1], userID: Array("worker".utf8),
            contentEncoding: "utf-8", replyTo: "answers/pump-17", expiresAtMilliseconds: 1_900_000_000_000)
        return notification
    }()
}
