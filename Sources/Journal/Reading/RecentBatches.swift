import Notifications
import Synchronization

/// A committed batch, still in memory.
struct RecentBatch: Sendable {
    var firstOffset: Int64
    var events: [PendingEvent]
    var sequences: [SequenceNumber]
    /// Bytes of each event.
    var sizes: [UInt32]
    /// What the batch takes in memory.
    var bytes: Int

    var endOffset: Int64 { firstOffset + Int64(events.count) }

    func event(at index: Int) -> JournalEvent {
        var notification = events[index].notification
        notification.sequence = sequences[index]
        return JournalEvent(
            offset: EventOffset(rawValue: firstOffset + Int64(index)), notification: notification,
            bytes: Int(sizes[index]))
    }
}

/// The latest batches, so that an endpoint that keeps up neither reads the disk nor decodes.
///
/// Invariant: the batches follow each other without a gap and end at the journal's end.
final class RecentBatches: Sendable {
    private struct State {
        var batches: [RecentBatch] = []
        var head = 0
        var bytes = 0

        mutating func dropFirst() {
            bytes -= batches[head].bytes
            // Free the events now; the slot goes with the next compaction.
            batches[head].events = []
            batches[head].sequences = []
            batches[head].sizes = []
            head += 1
            if head > 64, head > batches.count / 2 {
                batches.removeFirst(head)
                head = 0
            }
        }
    }

    private let state = Mutex(State())
    private let maximumBytes: Int

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    var bytes: Int { state.withLock { $0.bytes } }

    func append(_ batches: [RecentBatch]) {
        state.withLock { state in
            for batch in batches {
                state.batches.append(batch)
                state.bytes += batch.bytes
            }
            while state.bytes > maximumBytes, state.head < state.batches.count { state.dropFirst() }
        }
    }

    /// Lets go of what every endpoint has settled.
    func drop(below floor: Int64) {
        state.withLock { state in
            while state.head < state.batches.count, state.batches[state.head].endOffset <= floor {
                state.dropFirst()
            }
        }
    }

    func batch(containing offset: Int64) -> RecentBatch? {
        state.withLock { state in
            var low = state.head
            var high = state.batches.count
            while low < high {
                let middle = (low + high) / 2
                if state.batches[middle].endOffset <= offset { low = middle + 1 } else { high = middle }
            }
            guard low < state.batches.count, state.batches[low].firstOffset <= offset else { return nil }
            return state.batches[low]
        }
    }
}
