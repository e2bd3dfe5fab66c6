import Azure
import Delivery
import Foundation
import Journal
import Logging
import Notifications

let released = EndpointFailure(kind: .transient, condition: "amqp:released", detail: "by the test")
let refusedForGood = EndpointFailure(kind: .refused, condition: "amqp:not-allowed", detail: "by the test")

/// Whether the accepted events, named by the number they were appended under, came in order within
/// each subject, the first time that each was accepted.
func inOrderPerSubject(_ accepted: [String], subjects: Int) -> Bool {
    var last: [Int: Int] = [:]
    var seen: Set<Int> = []
    for number in accepted.compactMap(Int.init) where seen.insert(number).inserted {
        if let before = last[number % subjects], before > number { return false }
        last[number % subjects] = number
    }
    return true
}

/// An outbox over a journal of its own.
struct OutboxRig {
    let count: Int
    let subjects: Int

    init(_ count: Int, subjects: Int = 7) {
        self.count = count
        self.subjects = subjects
    }

    /// Runs an outbox over a journal with events of a few subjects until `until` returns.
    func run(
        _ connectors: KeyedConnectors, clock: any DeliveryClock = SystemDeliveryClock(),
        until: @Sendable (Outbox, Journal) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "outbox-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let journal = try Journal(folder: folder, durability: .processCrash, logger: logger)
        defer { journal.close() }
        let slots = try journal.register(endpoints: ["hub"])
        let events = (0..<count).map { number in
            PendingEvent(
                notification: Notification(
                    id: "\(number)", source: "s", type: "t", subject: "d\(number % subjects)", body: [1]),
                endpoints: EndpointSet(slots.values))
        }
        for start in stride(from: 0, to: count, by: 100) {
            _ = try await journal.append(JournalBatch(events: Array(events[start..<min(count, start + 100)])))
        }
        let outbox = Outbox(
            endpoint: "hub", reader: try journal.reader(for: "hub"), connectors: connectors, logger: logger, clock: clock)
        try await withThrowingTaskGroup { group in
            group.addTask { try await outbox.run() }
            try await until(outbox, journal)
            group.cancelAll()
        }
    }
}

/// Waits for what other tasks bring about.
func eventually(_ condition: @Sendable () -> Bool) async {
    while !condition() { await Task.yield() }
}
