import ArgumentParser
import Foundation
import HeaderSerialization
import Ingest
import Notifications
import Settings

struct FormatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formats",
        abstract: "Shows how one event stands in AMQP 1.0, MQTT 5, MQTT 3.1.1, HTTP and the Event Grid schema.",
        discussion: """
            The event is what the bridge would make of the message; the sequence number is that of a \
            subject's first event. Nothing is sent.

            Examples:
              twinroute formats --topic devices/thermostat-1/messages/events --payload '{"temp": 21.5}'
              twinroute formats --config bridge.yaml --topic twins/pump-7/update --payload - < patch.json
              twinroute formats --event event.json --body cbor --json
            """)

    @Option(help: "The message's topic; a subscription's template must match it.")
    var topic: String?

    @Option(help: "The message's payload; - reads standard input.")
    var payload: String?

    @Option(name: .customLong("property"), help: "An MQTT 5 user property, name=value. May be repeated.")
    var properties: [String] = []

    @Option(help: "The MQTT 5 Content Type.")
    var contentType: String?

    @Option(help: "A file with a CloudEvent as JSON, instead of a message; - reads standard input.")
    var event: String?

    @Option(name: .shortAndLong, help: "YAML configuration with the subscriptions. Without it: embedded defaults.")
    var config: String?

    @Option(help: "json, cbor or protobuf, as an endpoint's `body`.")
    var body: BodyFormat = .json

    @Option(help: "The event's id, instead of the one it has or gets.")
    var id: String?

    @Option(help: "When the message came and the event's time, in RFC 3339.")
    var time: String?

    @Option(help: "The event's traceparent, instead of the one it has or gets.")
    var traceParent: String?

    @Flag(help: "Print JSON instead of Markdown.")
    var json = false

    func validate() throws {
        guard (event == nil) != (topic == nil) else { throw ValidationError("name either --topic or --event") }
        if event != nil, payload != nil || !properties.isEmpty || contentType != nil {
            throw ValidationError("--payload, --property and --content-type go with --topic")
        }
        if let property = properties.first(where: { !$0.contains("=") }) {
            throw ValidationError("--property \(property) has no '='; write name=value")
        }
        if let time, !RFC3339.isValid(time) {
            throw ValidationError("--time is no RFC 3339 time like 2030-01-31T12:00:00Z")
        }
        if let id, id.isEmpty { throw ValidationError("--id is empty") }
        if let traceParent, TraceParent(traceParent) == nil {
            throw ValidationError("--trace-parent is no traceparent of W3C Trace Context")
        }
    }

    func run() throws {
        try reportingExpectedErrors {
            var notification = try notification()
            notification.sequence = .first
            if let id { notification.id = id }
            if let time { notification.time = time }
            if let traceParent { notification.traceParent = traceParent }
            let formatted = try body.apply(to: notification)
            let now = time.flatMap(RFC3339.milliseconds) ?? Int64(Date().timeIntervalSince1970 * 1000)
            let images = try ProtocolImages.all(of: formatted, milliseconds: now)
            print(json ? try FormatsJSON.text(of: images) : FormatsMarkdown.text(of: formatted, images: images))
        }
    }

    private func notification() throws -> Notifications.Notification {
        let configuration =
            try config.map { try ConfigurationLoader().load($0).configuration } ?? EmbeddedDefaults().configuration
        let source = EventSource(configuration: configuration, time: time)
        if let event { return try source.event(fromJSON: EventSource.read(event)) }
        var publish = MQTTPublish(
            topic: topic ?? "", payload: try payload.map { $0 == "-" ? try EventSource.read("-") : Array($0.utf8) }?[...] ?? [])
        publish.contentType = contentType
        publish.userProperties = properties.map { property in
            let parts = property.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Property(name: String(parts[0]), value: String(parts[1]))
        }
        return try source.event(from: publish).notification
    }
}

extension BodyFormat: ExpressibleByArgument {}
extension RefusalReason: ExpectedError {}
extension SerializationError: ExpectedError {}
