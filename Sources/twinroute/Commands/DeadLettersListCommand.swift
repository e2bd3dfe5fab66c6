import ArgumentParser
import Foundation
import NIOHTTP1

struct DeadLettersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists dead letters, the oldest first, or counts them by reason.",
        discussion: """
            Examples:
              twinroute deadletters list --endpoint telemetry-hub --limit 20
              twinroute deadletters list --groups --json
            """)

    @Option(name: .shortAndLong, help: "Those of one endpoint.")
    var endpoint: String?

    @Option(name: .shortAndLong, help: "Those with one condition.")
    var condition: String?

    @Option(help: "At most so many, 1 to 1000.")
    var limit = 100

    @Option(help: "Only those with higher numbers: where the last list ended.")
    var after: Int64?

    @Flag(help: "How many there are for each endpoint and condition.")
    var groups = false

    @OptionGroup var control: ControlOptions

    func validate() throws {
        if !(1...1000).contains(limit) { throw ValidationError("--limit must be from 1 to 1000") }
    }

    func run() async throws {
        try await reportingExpectedErrors {
            try await control.withClient { client in
                let place = groups
                    ? path("/deadletters/groups", ["endpoint": endpoint, "condition": condition])
                    : path(
                        "/deadletters",
                        ["endpoint": endpoint, "condition": condition, "after": after.map(String.init), "limit": "\(limit)"])
                let answer = try await client.ask(.GET, place)
                if control.json {
                    print(String(decoding: answer, as: UTF8.self))
                } else if groups {
                    show(try JSONDecoder().decode(DeadLetterGroups.self, from: answer).value)
                } else {
                    show(try JSONDecoder().decode(DeadLetterList.self, from: answer))
                }
            }
        }
    }

    private func show(_ groups: [DeadLetterGroups.Group]) {
        guard !groups.isEmpty else { return print("no dead letters") }
        TextTable(
            ["endpoint", "condition", "count", "first", "last"],
            rows: groups.map { [$0.endpoint, $0.condition, "\($0.count)", $0.firstAt, $0.lastAt] }
        ).print()
    }

    private func show(_ list: DeadLetterList) {
        guard !list.value.isEmpty else { return print("no dead letters") }
        TextTable(
            ["number", "when", "endpoint", "subject", "sequence", "condition", "description"],
            rows: list.value.map {
                [
                    "\($0.id)", $0.recordedAt, $0.endpoint, $0.event?.subject ?? "-", $0.event?.sequence ?? "-",
                    $0.condition, $0.damage ?? $0.description,
                ]
            }
        ).print()
        if list.nextLink != nil, let last = list.value.last {
            print("there may be more: --after \(last.id)")
        }
    }
}
