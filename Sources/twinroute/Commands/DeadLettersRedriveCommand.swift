import ArgumentParser
import Foundation
import NIOHTTP1

struct DeadLettersRedriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Makes dead letters events again, for the endpoint that refused them.",
        discussion: """
            They keep id and sequence number, and come after what waits already. Ctrl-C leaves the rest as \
            dead letters.

            Examples:
              twinroute deadletters redrive 17 18
              twinroute deadletters redrive --condition amqp:not-allowed --dry-run
              twinroute deadletters redrive --all --rate 100
            """)

    @OptionGroup var selection: DeadLetterSelection

    @Option(help: "At most so many a second. Default: as fast as it goes.")
    var rate: Int?

    @Flag(help: "Only count them.")
    var dryRun = false

    @OptionGroup var control: ControlOptions

    func validate() throws {
        if let rate, rate < 1 { throw ValidationError("--rate must be 1 or more") }
    }

    func run() async throws {
        try await reportingExpectedErrors {
            try await untilInterrupted({ try await control.withClient { try await redrive($0) } }, report: report)
        }
    }

    /// What was done, or counted.
    private struct Outcome: Sendable {
        var count = 0
        var withoutEndpoint = 0
        var unreadable = 0
    }

    private func redrive(_ client: ControlClient) async throws -> Outcome {
        struct Preview: Decodable {
            var wouldRedrive: Int
            var through: Int64?
        }
        var order = RedriveOrder(selection)
        order.dryRun = true
        let preview = try await client.ask(.POST, "/deadletters/redrive", body: order, for: Preview.self)
        let total = preview.wouldRedrive
        var outcome = Outcome()
        if dryRun {
            outcome.count = total
            return outcome
        }
        order.dryRun = nil
        // What is refused again meanwhile has a higher number and is no part of this.
        guard let through = preview.through else { return outcome }
        order.through = through
        var progress = ProgressBar(total: total, unit: "dead letters")
        defer { progress.clear() }
        let started = ContinuousClock.now
        let pace = Pace(rate: Double(rate ?? 0), start: started)
        while !Task.isCancelled {
            order.limit = min(rate ?? 1000, 1000)
            let answer = try await client.ask(.POST, "/deadletters/redrive", body: order, for: RedriveReport.self)
            outcome.count += answer.redriven
            outcome.withoutEndpoint += answer.withoutEndpoint.count
            outcome.unreadable += answer.unreadable.count
            progress.update(outcome.count, perSecond: Double(outcome.count) / max(0.001, (ContinuousClock.now - started).seconds))
            guard let last = answer.last else { break }
            order.after = last
            // Interrupted in a pause: what is done is reported all the same.
            if let wait = pace.wait(sent: outcome.count) { try? await Task.sleep(for: wait) }
        }
        return outcome
    }

    private func report(_ outcome: Outcome) {
        if control.json {
            print(#"{"dryRun":\#(dryRun),"redriven":\#(outcome.count),"unreadable":\#(outcome.unreadable),"withoutEndpoint":\#(outcome.withoutEndpoint)}"#)
            return
        }
        print(dryRun ? "would redrive \(outcome.count) dead letters" : "redrove \(outcome.count) dead letters")
        if outcome.withoutEndpoint > 0 { print("left \(outcome.withoutEndpoint) whose endpoint is not configured any more") }
        if outcome.unreadable > 0 { print("left \(outcome.unreadable) that cannot be read") }
    }
}
