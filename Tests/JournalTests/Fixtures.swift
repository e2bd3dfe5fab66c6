import Foundation
import Journal
import Logging
import Notifications

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/journal-" + UUID().uuidString
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var database: String { path + "/journal.sqlite" }

    func open(durability: Durability = .processCrash, tuning: JournalTuning = JournalTuning()) throws(JournalError) -> Journal {
        try Journal(folder: path, durability: durability, tuning: tuning, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

enum Events {
    /// Events `prefix-0`, `prefix-1`, … over `subjects`, with bodies in one arena.
    static func batch(
        _ prefix: String, count: Int, subjects: Int = 3, bodyBytes: Int = 20, to endpoints: EndpointSet
    ) -> JournalBatch {
        let arena = [UInt8]((0..<(count * bodyBytes)).map { UInt8(truncatingIfNeeded: $0) })
        let events = (0..<count).map { index in
            PendingEvent(
                notification: Notification(
                    id: "\(prefix)-\(index)", source: "factory-7.example.net", type: "microsoft.iot.telemetry",
                    subject: "device-\(index % subjects)", time: "2026-01-02T03:04:05Z",
                    dataContentType: "application/json",
                    body: arena[(index * bodyBytes)..<((index + 1) * bodyBytes)]),
                endpoints: endpoints)
        }
        return JournalBatch(events: events, arena: arena)
    }

    static func one(_ id: String, subject: String?, anew: Bool = false, to endpoints: EndpointSet) -> JournalBatch {
        JournalBatch(events: [
            PendingEvent(
                notification: Notification(id: id, source: "source", type: "type", subject: subject, body: [1, 2, 3]),
                endpoints: endpoints, startsSubjectAnew: anew)
        ])
    }
}

extension EndpointReader {
    /// Reads until `count` events came. Bounded by the test's time limit.
    func read(_ count: Int, atATime: Int = 1000) async throws(JournalError) -> [JournalEvent] {
        var events: [JournalEvent] = []
        while events.count < count, !Task.isCancelled {
            events += try await next(
                maximumEvents: min(atATime, count - events.count), maximumBytes: 1_000_000)
        }
        return events
    }
}

extension Sequence<JournalEvent> {
    var ids: [String] { map(\.notification.id) }
    var offsets: [EventOffset] { map(\.offset) }
    var sequences: [Int32] { compactMap { $0.notification.sequence?.rawValue } }
}

/// The same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
