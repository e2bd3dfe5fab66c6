import Foundation
import Notifications
import Routing
import Settings

/// What `serve` prints when it starts: what listens or connects where, and what to try next.
enum Greeting {
    static func lines(for configuration: BridgeConfiguration) -> [String] {
        ["twinroute \(VersionCommand.twinroute), source \(configuration.source)"]
            + configuration.brokers.map { "  reads    \($0.name)  \($0.url)" }
            + configuration.endpoints.map { "  feeds    \($0.id)  \($0.type.rawValue)" }
            + (configuration.http.map { ["  HTTP     \($0.listen)"] } ?? [])
            + ["  journal  \(configuration.data)"]
    }

    static func lines(for defaults: EmbeddedDefaults) -> [String] {
        let port = defaults.mqttPort
        let tailOption = defaults.amqpPort == EmbeddedDefaults().amqpPort ? "" : " --amqp-port \(defaults.amqpPort)"
        return [
            "twinroute \(VersionCommand.twinroute), embedded defaults",
            "  MQTT broker      127.0.0.1:\(port)",
            "  local namespace  127.0.0.1:\(defaults.amqpPort)  event hub telemetry, topic twin-events, Event Grid topic grid-events",
            "                   Endpoint=sb://127.0.0.1:\(defaults.amqpPort);SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;",
            "                   http://127.0.0.1:\(defaults.namespaceHTTPPort)  its faults and entities; Event Grid: POST /api/events, GET /eventgrid/events",
            "  HTTP API         127.0.0.1:\(defaults.httpPort)",
            "  journal          \(URL(fileURLWithPath: defaults.data).path)",
            "",
            "Try, in a second terminal:",
            "  mosquitto_pub -p \(port) -q 1 -t devices/thermostat-1/messages/events -m '{\"temp\": 21.5}'",
            "  \(CommandLine.arguments.first ?? "twinroute") tail telemetry\(tailOption)",
            "",
            "Stop with Ctrl-C.",
        ]
    }
}
