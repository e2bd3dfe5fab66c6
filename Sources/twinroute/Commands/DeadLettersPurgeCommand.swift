import ArgumentParser
import Foundation
import NIOHTTP1

struct DeadLettersPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Deletes dead letters for good.",
        discussion: """
            They stay counted as dead-lettered. `export` first, if in doubt.

            Examples:
              twinroute deadletters purge 17
              twinroute deadletters purge --endpoint telemetry-hub --condition amqp:not-allowed
            """)

    @OptionGroup var selection: DeadLetterSelection
    @OptionGroup var control: ControlOptions

    func validate() throws {
        if !selection.ids.isEmpty, selection.endpoint != nil || selection.condition != nil || selection.all {
            throw ValidationError("give either numbers, or --endpoint, --condition or --all")
        }
    }

    func run() async throws {
        try await reportingExpectedErrors {
            let count = try await control.withClient { try await purge($0) }
            print(control.json ? #"{"purged":\#(count)}"# : "purged \(count) dead letters")
        }
    }

    private func purge(_ client: ControlClient) async throws -> Int {
        struct Count: Decodable {
            var purged: Int
        }
        guard selection.ids.isEmpty else {
            for id in selection.ids { _ = try await client.ask(.DELETE, "/deadletters/\(id)") }
            return selection.ids.count
        }
        let place = path(
            "/deadletters",
            ["endpoint": selection.endpoint, "condition": selection.condition, "all": selection.all ? "true" : nil])
        return try await client.ask(.DELETE, place, for: Count.self).purged
    }
}
