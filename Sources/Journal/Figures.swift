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

    func damagedSegment(_ id: Int64, reason: String) {
        update { $0.damagedRows += 1 }
        logger.error("skipped a row of sequence numbers that cannot be read", metadata: [
            JournalLogKeys.segment: "\(id)", JournalLogKeys.reason: "\(reason)",
        ])
    }
}
