import ArgumentParser
import Foundation
import NIOHTTP1

struct DeadLettersExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes dead letters with their events, one JSON object a line.",
        discussion: """
            What is exported stays where it is.

            Examples:
              twinroute deadletters export > letters.jsonl
              twinroute deadletters export --endpoint telemetry-hub --output letters.jsonl
            """)

    @Option(name: .shortAndLong, help: "Those of one endpoint.")
    var endpoint: String?

    @Option(name: .shortAndLong, help: "Those with one condition.")
    var condition: String?

    @Option(name: .shortAndLong, help: "A file instead of standard output; it must not exist.")
    var output: String?

    @OptionGroup var control: ControlOptions

    func run() async throws {
        try await reportingExpectedErrors {
            let file = try openOutput()
            try await untilInterrupted {
                try await control.withClient { client in
                    let groups = try await client.ask(
                        .GET, path("/deadletters/groups", ["endpoint": endpoint, "condition": condition]),
                        for: DeadLetterGroups.self)
                    try await export(from: client, to: file, total: groups.value.reduce(0) { $0 + $1.count })
                }
            }
        }
    }

    private func openOutput() throws -> FileHandle {
        guard let output else { return .standardOutput }
        let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw ControlError("\(output) cannot be made: \(String(cString: strerror(errno)))")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private func export(from client: ControlClient, to file: FileHandle, total: Int) async throws {
        var progress = ProgressBar(total: total, unit: "dead letters")
        defer { progress.clear() }
        let started = ContinuousClock.now
        var count = 0
        var next: String? = path("/deadletters", ["endpoint": endpoint, "condition": condition, "limit": "1000"])
        while let place = next {
            let page = try await client.ask(.GET, place, for: DeadLetterList.self)
            for letter in page.value {
                try Task.checkCancellation()
                var line = try await client.ask(.GET, "/deadletters/\(letter.id)")
                line.append(UInt8(ascii: "\n"))
                try file.write(contentsOf: line)
                count += 1
                progress.update(count, perSecond: Double(count) / max(0.001, (ContinuousClock.now - started).seconds))
            }
            next = page.nextLink
        }
        progress.clear()
        StandardError.print("exported \(count) dead letters")
    }
}
