import ArgumentParser
import Foundation
import NIOHTTP1

struct DeadLettersShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one dead letter: its event whole, the reason, and the tries before it.",
        discussion: """
            Example:
              twinroute deadletters show 17
            """)

    @Argument(help: "Its number, as `list` shows it.")
    var id: Int64

    @OptionGroup var control: ControlOptions

    func run() async throws {
        try await reportingExpectedErrors {
            try await control.withClient { client in
                let answer = try await client.ask(.GET, "/deadletters/\(id)")
                guard !control.json,
                    let object = try? JSONSerialization.jsonObject(with: answer),
                    let text = try? JSONSerialization.data(
                        withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
                else { return print(String(decoding: answer, as: UTF8.self)) }
                print(String(decoding: text, as: UTF8.self))
            }
        }
    }
}
