import Foundation
import Journal
import Logging
import Notifications

/// Appends, settles, puts into the dead letters and trims, one thing after the other.
///
/// What it says, a word first:
///
/// - `acknowledged ID OFFSET SUBJECT SEQUENCE ENDPOINTS` an event's append was acknowledged
/// - `settling ENDPOINT ID…` from here on they may be gone
/// - `refused REASON` the journal said no; the fault is lifted and the thing tried again
/// - `refused-again REASON` the same, without a fault: the run ends
/// - `closed` the end
struct Load {
    let folder: String
    let durability: String
    let prefix: String
    let batches: Int
    /// Exists as long as the fault lasts.
    let fault: String?

    static let endpoints: [EndpointID] = ["sink", "other"]
    static let subjects = 7

    func run() async throws {
        // Small enough that trimming, shrinking and copying the log happen between the commits.
        var tuning = JournalTuning()
        tuning.maintenanceDelay = .milliseconds(1)
        tuning.cursorDelay = .milliseconds(1)
        tuning.trimBehindBytes = 32 * 1024
        tuning.trimChunkBytes = 16 * 1024
        tuning.slackBytes = 0
        tuning.logBytes = 96 * 1024
        guard let durability = Durability(rawValue: durability) else { return say("refused-again durability") }
        let logger = Logger(label: "child") { _ in SwiftLogNoOpLogHandler() }

        let small = tuning
        let journal = try await untilAllowed {
            try Journal(folder: folder, durability: durability, tuning: small, logger: logger)
        }
        let slots = try await untilAllowed { try journal.register(endpoints: Self.endpoints) }
        let readers = try Self.endpoints.map { try journal.reader(for: $0) }

        for number in 0..<batches {
            let wanted = Self.endpoints.enumerated().filter { $0.offset == 0 || number % 3 != 0 }.map(\.element)
            let batch = batch(number, to: EndpointSet(wanted.compactMap { slots[$0] }))
            let receipt = try await untilAllowed { try await journal.append(batch) }
            let names = wanted.map(\.rawValue).joined(separator: ",")
            say(zip(batch.events, receipt.sequences).enumerated().map { index, numbered in
                let (event, sequence) = (numbered.0.notification, numbered.1.rawValue)
                let offset = receipt.firstOffset.rawValue + Int64(index)
                return "acknowledged \(event.id) \(offset) \(event.subject ?? "") \(sequence) \(names)"
            }.joined(separator: "\n"))
            if number % 4 == 3 {
                for reader in readers { try await settleSome(of: reader, number) }
            }
        }
        journal.close()
        say("closed")
    }

    /// Bodies from nothing to several pages, in batches of one to eight.
    private func batch(_ number: Int, to endpoints: EndpointSet) -> JournalBatch {
        let sizes = [40, 0, 300, 9_000, 70, 1_500]
        let events = (0...(number % 8)).map { index in
            let size = number % 5 == 0 ? sizes[index % sizes.count] : 60
            return PendingEvent(
                notification: Notification(
                    id: "\(prefix)-\(number)-\(index)", source: "source", type: "type",
                    subject: "device-\((number * 3 + index) % Self.subjects)",
                    body: Array(repeating: UInt8(truncatingIfNeeded: number), count: size)[...]),
                endpoints: endpoints)
        }
        return JournalBatch(events: events)
    }

    private func settleSome(of reader: EndpointReader, _ number: Int) async throws {
        guard reader.waiting > 0 else { return }
        var events = try await untilAllowed { try await reader.next(maximumEvents: 25, maximumBytes: 1_000_000) }
        if number % 12 == 11, let poison = events.popLast() {
            // Refused after a commit that failed late, it may be there nevertheless.
            try await untilAllowed {
                do {
                    try await reader.deadLetter(
                        poison.offset, reason: DeadLetterReason(condition: "test:poison", description: "for the test"))
                } catch JournalError.unknownEvent { return }
            }
        }
        say((["settling", reader.endpoint.rawValue] + events.map(\.notification.id)).joined(separator: " "))
        reader.settle(events.map(\.offset))
    }

    /// Does it; if it is refused, ends the fault and does it again.
    private func untilAllowed<R>(_ work: () async throws -> R) async throws -> R {
        do {
            return try await work()
        } catch {
            say("refused \("\(error)".replacing("\n", with: " "))")
            guard let fault, unlink(fault) == 0 else { throw error }
        }
        do {
            return try await work()
        } catch {
            say("refused-again \("\(error)".replacing("\n", with: " "))")
            throw error
        }
    }
}
