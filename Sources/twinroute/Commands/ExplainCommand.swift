import ArgumentParser
import HeaderSerialization
import Notifications
import Settings

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows what would happen to one message, and why.",
        discussion: """
            The event that it becomes, the verdict of every route with each part of its filter and the value \
            that it saw, and the message that each endpoint gets. Nothing is sent.

            Examples:
              twinroute explain --topic devices/thermostat-1/messages/events --payload '{"temp": 21.5}'
              twinroute explain --config bridge.yaml --topic devices/d1/messages/events --payload @body.json --property room=kitchen
              twinroute explain --config bridge.yaml --event event.json --json
            """)

    @Option(name: .shortAndLong, help: "YAML configuration. Without it: embedded defaults.")
    var config: String?

    @Option(name: .shortAndLong, help: "The message's MQTT topic.")
    var topic: String?

    @Option(name: .shortAndLong, help: "The message's payload; - reads standard input, @FILE a file. Default: empty.")
    var payload: String?

    @Option(help: ArgumentHelp("An MQTT 5 user property of the message; may be repeated.", valueName: "name=value"))
    var property: [String] = []

    @Option(help: "The message's MQTT 5 content type.")
    var contentType: String?

    @Option(help: "Instead of a message: a file with a CloudEvent in JSON; - reads standard input.")
    var event: String?

    @Option(help: "The event's id, instead of its own or a new one.")
    var id: String?

    @Option(help: "When the message comes, in RFC 3339, and the event's time. Default: now.")
    var time: String?

    @Option(help: "The event's traceparent, instead of its own or a new one.")
    var traceParent: String?

    @Option(help: "The number that the journal gives the event.")
    var sequence: Int32 = 1

    @Flag(help: "One JSON object, with the encoded messages in hexadecimal.")
    var json = false

    func validate() throws {
        guard (topic == nil) != (event == nil) else {
            throw ValidationError("give either --topic, for a message, or --event, for a CloudEvent")
        }
        if event != nil, payload != nil || contentType != nil || !property.isEmpty {
            throw ValidationError("--payload, --property and --content-type belong to a message, not to --event")
        }
        if let time, RFC3339.milliseconds(time) == nil {
            throw ValidationError("--time '\(time)' is not RFC 3339; write it like 2026-01-31T12:00:00Z")
        }
        if let traceParent, TraceParent(traceParent) == nil {
            throw ValidationError("--trace-parent is no traceparent of W3C Trace Context: 00-<32 digits>-<16 digits>-<2 digits>, hexadecimal")
        }
        if let id, id.isEmpty { throw ValidationError("--id is empty") }
        for text in property where !text.contains("=") {
            throw ValidationError("--property '\(text)' has no '='; write name=value")
        }
    }

    func run() throws {
        try reportingExpectedErrors {
            let configuration = try config.map { try ConfigurationLoader().load($0).configuration } ?? EmbeddedDefaults().configuration
            var (origin, notification) = try event(configuration)
            if let id { notification.id = id }
            if let time { notification.time = time }
            if let traceParent { notification.traceParent = traceParent }
            let explanation = try EventExplanation(
                notification, origin: origin, sequence: SequenceNumber(rawValue: sequence), configuration: configuration)
            print(
                json
                    ? try ExplanationJSON().text(of: explanation)
                    : ExplanationText(style: .standardOutput()).text(of: explanation))
        }
    }

    private func event(_ configuration: BridgeConfiguration) throws -> (origin: String?, notification: Notification) {
        let message = EventSource(configuration: configuration, time: time)
        if let event { return (nil, try message.event(fromJSON: EventSource.read(event))) }
        var publish = MQTTPublish(topic: topic ?? "", payload: try payloadBytes()[...], contentType: contentType)
        publish.userProperties = property.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Property(name: String(parts[0]), value: String(parts[1]))
        }
        return try message.event(from: publish)
    }

    private func payloadBytes() throws -> [UInt8] {
        guard let payload else { return [] }
        if payload == "-" { return try EventSource.read("-") }
        if payload.hasPrefix("@") { return try EventSource.read(String(payload.dropFirst())) }
        return Array(payload.utf8)
    }
}
