import ArgumentParser
import Foundation
import NIOHTTP1

struct EndpointsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoints",
        abstract: "Shows a running bridge's endpoints: state, keys, backlog and books.",
        discussion: """
            Examples:
              twinroute endpoints
              twinroute endpoints telemetry-hub
              twinroute endpoints --json
            """)

    @Argument(help: "One endpoint. Default: all.")
    var name: String?

    @OptionGroup var control: ControlOptions

    func run() async throws {
        try await reportingExpectedErrors {
            let answer = try await control.withClient { try await $0.ask(.GET, "/status") }
            guard let status = try? JSONDecoder().decode(StatusAnswer.self, from: answer) else {
                throw ControlError("the API did not answer as a bridge of this version does; is it one?")
            }
            let wanted = status.endpoints.filter { name == nil || $0.id == name }
            guard name == nil || !wanted.isEmpty else {
                throw ControlError("there is no endpoint '\(name ?? "")'; there are \(status.endpoints.map(\.id).joined(separator: ", "))")
            }
            if control.json {
                try printJSON(of: answer)
            } else {
                let text = StatusText(style: .standardOutput())
                for endpoint in wanted { for line in text.lines(of: endpoint) { print(line) } }
            }
        }
    }

    /// The endpoints as the API wrote them.
    private func printJSON(of answer: Data) throws {
        let status = try JSONSerialization.jsonObject(with: answer) as? [String: Any]
        let all = status?["endpoints"] as? [[String: Any]] ?? []
        let wanted = all.filter { name == nil || $0["id"] as? String == name }
        let text = try JSONSerialization.data(withJSONObject: wanted, options: [.sortedKeys, .withoutEscapingSlashes])
        print(String(decoding: text, as: UTF8.self))
    }
}
