import Foundation
import Journal
import Logging
import Notifications

/// What a folder holds after a restart. Opens it like the bridge does, reads everything, appends
/// an event for each subject to see which number comes next, and closes it.
struct Inspection: Encodable {
    var folder: String
    /// Why it did not open.
    var error: String?
    /// By endpoint: `ID SUBJECT SEQUENCE`, in the order of the journal.
    var events: [String: [String]] = [:]
    /// By subject: the number that the next event got.
    var next: [String: Int32] = [:]
    var damagedRows = 0
    /// Damaged files that the opening set aside.
    var setAside: [String] = []
    /// By endpoint: events that its books do not account for; 0 is left out.
    var unaccounted: [String: Int] = [:]

    init(of folder: String) async {
        self.folder = folder
        do {
            try await look()
        } catch {
            self.error = "\(error)"
        }
    }

    private mutating func look() async throws {
        let journal = try Journal(
            folder: folder, durability: .processCrash,
            logger: Logger(label: "child") { _ in SwiftLogNoOpLogHandler() })
        defer { journal.close() }
        let slots = try journal.register(endpoints: Load.endpoints)
        for endpoint in Load.endpoints {
            let reader = try journal.reader(for: endpoint)
            var found: [JournalEvent] = []
            while found.count < reader.waiting {
                found += try await reader.next(maximumEvents: 1000, maximumBytes: 10_000_000)
            }
            events[endpoint.rawValue] = found.map {
                "\($0.notification.id) \($0.notification.subject ?? "") \($0.notification.sequence?.rawValue ?? 0)"
            }
        }
        damagedRows = journal.statistics.damagedRows
        setAside = journal.statistics.setAside
        for (endpoint, books) in journal.books where books.unaccounted != 0 {
            unaccounted[endpoint.rawValue] = books.unaccounted
        }
        let probes = (0..<Load.subjects).map { number in
            PendingEvent(
                notification: Notification(
                    id: "probe-\(number)", source: "source", type: "type", subject: "device-\(number)"),
                endpoints: EndpointSet(slots.values))
        }
        let receipt = try await journal.append(JournalBatch(events: probes))
        for (probe, sequence) in zip(probes, receipt.sequences) {
            next[probe.notification.subject ?? ""] = sequence.rawValue
        }
    }

    var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
