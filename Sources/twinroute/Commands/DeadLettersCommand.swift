import ArgumentParser

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters",
        abstract: "Looks at the events that an endpoint refused for good, and sends them again.",
        discussion: """
            Talks to a running bridge over its HTTP API.

            Examples:
              twinroute deadletters list --groups
              twinroute deadletters show 17
              twinroute deadletters redrive --endpoint telemetry-hub --dry-run
              twinroute deadletters redrive --endpoint telemetry-hub --rate 100
              twinroute deadletters export --output letters.jsonl && twinroute deadletters purge --all
            """,
        subcommands: [
            DeadLettersListCommand.self, DeadLettersShowCommand.self, DeadLettersExportCommand.self,
            DeadLettersRedriveCommand.self, DeadLettersPurgeCommand.self,
        ])
}
