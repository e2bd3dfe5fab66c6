import ArgumentParser

@main
struct Twinroute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "twinroute",
        abstract: "Routes MQTT telemetry and digital-twin events to Azure, and loses none.",
        discussion: """
            Examples:
              twinroute serve                       everything on this machine, no configuration
              twinroute serve --config bridge.yaml
              twinroute explain --topic devices/d1/messages/events --payload '{"temp": 21.5}'
              twinroute publish --count 1000 --devices 10 --rate 100
              twinroute tail telemetry
              twinroute status
              twinroute deadletters list --groups
            """,
        subcommands: [
            ServeCommand.self, CheckCommand.self, ExplainCommand.self, FormatsCommand.self, PublishCommand.self,
            TailCommand.self, StatusCommand.self, EndpointsCommand.self, DeadLettersCommand.self, NamespaceCommand.self,
            VersionCommand.self,
        ])
}
