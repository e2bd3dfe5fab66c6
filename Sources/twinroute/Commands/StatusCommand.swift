import ArgumentParser
import Foundation
import NIOHTTP1

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows how a running bridge does: what it reads, stores and delivers.",
        discussion: """
            Exits with 1 when the intake is stopped or the books do not balance.

            Examples:
              twinroute status
              twinroute status --url https://gateway.example.net:8443 --json
            """)

    @OptionGroup var control: ControlOptions

    func run() async throws {
        try await reportingExpectedErrors {
            let answer = try await control.withClient { try await $0.ask(.GET, "/status") }
            guard let status = try? JSONDecoder().decode(StatusAnswer.self, from: answer) else {
                throw ControlError("the API did not answer as a bridge of this version does; is it one?")
            }
            if control.json {
                print(String(decoding: answer, as: UTF8.self))
            } else {
                for line in StatusText(style: .standardOutput()).lines(of: status) { print(line) }
            }
            let isWell = status.intake.open && status.endpoints.allSatisfy { $0.books.unaccounted == 0 }
            if !isWell { throw ExitCode.failure }
        }
    }
}
