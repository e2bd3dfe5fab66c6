import Logging
import Synchronization

/// Counters that any part of the journal adds to, and the log lines that go with damage.
final class Figures: Sendable {
    private let values = Mutex(JournalStatistics())
    let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    var snapshot: JournalStatistics {
        values.withLock { $0 }
    }

    func update(_ change: (inout JournalStatistics) -> Void) {
        values.withLock { change(&$0) }
    }

    func damagedRow(at offset: Int64, count: Int, reason: String) {
        update {
            $0.damagedRows += 1
            $0.damagedEvents += count
        }
        logger.error("skipped a row of the journal that cannot be read", metadata: [
            JournalLogKeys.offset: "\(offset)", JournalLogKeys.count: "\(count)", JournalLogKeys.reason: "\(reason)",
        ])
    }

    func setAside(_ report: SalvageReport, reason: String) {
        update { $0.setAside.append(report.file) }
        logger.error("the journal was damaged: it is set aside, and what can be read of it is served", metadata: [
            JournalLogKeys.file: "\(report.file)", JournalLogKeys.reason: "\(reason)",
            JournalLogKeys.rowsKept: "\(report.rowsKept)", JournalLogKeys.rowsLost: "\(report.rowsLost)",
            JournalLogKeys.eventsLost: report.isComplete ? "\(report.eventsLost)" : "\(report.eventsLost) or more",
            JournalLogKeys.lettersLost: "\(report.deadLettersLost)",
            JournalLogKeys.sequenceLeap: "\(report.sequenceLeap)",
        ])
    }

    func damagedSegment(_ id: Int64, reason: String) {
        update { $0.damagedRows += 1 }
        logger.error("skipped a row of sequence numbers that cannot be read", metadata: [
            JournalLogKeys.segment: "\(id)", JournalLogKeys.reason: "\(reason)",
        ])
    }
}
