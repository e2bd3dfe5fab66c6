import Journal
import TestSupport

@testable import Ingest

/// A bridge on a ``SimulatedBroker``, killed between any two steps: what is on disk outlives it,
/// what is on the wire does not.
struct SimulatedBridge {
    var broker: SimulatedBroker
    let usesFilter: Bool
    private let scale: RedeliveryFilter.Scale
    private(set) var filter: RedeliveryFilter

    // On disk.
    private(set) var marks: [IntakeMark] = []
    /// How often each message is in the journal.
    private(set) var journalled: [Int] = []

    // On the wire.
    private var toBridge: ArraySlice<SimulatedBroker.Packet> = []
    private var toBroker: ArraySlice<UInt16> = []

    private(set) var recognised = 0
    /// New messages that were taken for old: must stay empty.
    private(set) var mistaken: [Int] = []

    init(
        _ identifiers: SimulatedBroker.Identifiers, window: Int, seed: UInt64 = 0,
        scale: RedeliveryFilter.Scale = RedeliveryFilter.Scale(), usesFilter: Bool = true
    ) {
        broker = SimulatedBroker(identifiers, window: window, scale: scale, seed: seed)
        filter = RedeliveryFilter(marks: [], scale: scale)
        self.scale = scale
        self.usesFilter = usesFilter
    }

    var duplicates: Int { journalled.reduce(0) { $0 + max(0, $1 - 1) } }

    /// Whether every message that was published is in the journal.
    var isComplete: Bool { journalled.count == broker.published && !journalled.contains(0) }

    mutating func connect() {
        filter = RedeliveryFilter(marks: usesFilter ? marks.suffix(scale.identifiers) : [], scale: scale)
        toBridge = broker.connect()
        toBroker = []
    }

    mutating func brokerSends() {
        toBridge += broker.send()
    }

    /// The broker reads the first so many PUBACKs.
    mutating func brokerReads(_ count: Int) {
        let count = min(count, toBroker.count)
        broker.acknowledged(toBroker.prefix(count))
        toBroker = toBroker.dropFirst(count)
    }

    mutating func brokerReadsAll() { brokerReads(toBroker.count) }

    enum BatchEnd {
        case acknowledged
        case killedBeforeCommit
        case killedAfterCommit
    }

    /// One batch. A kill ends the connection: to be followed by ``connect()``.
    mutating func takeBatch(_ limit: Int, _ end: BatchEnd = .acknowledged) {
        let batch = toBridge.prefix(limit)
        toBridge = toBridge.dropFirst(batch.count)
        var new: [Int] = []
        var newMarks: [IntakeMark] = []
        for packet in batch {
            let mark = IntakeMark(packetID: packet.id, hash: packet.content)
            if filter.recognises(mark, redelivered: packet.isRedelivered, orAddsTo: &newMarks) {
                recognised += 1
                if packet.serial >= journalled.count || journalled[packet.serial] == 0 { mistaken.append(packet.serial) }
            } else {
                new.append(packet.serial)
            }
        }
        guard end != .killedBeforeCommit else { return }
        while journalled.count < broker.published { journalled.append(0) }
        for serial in new { journalled[serial] += 1 }
        marks += newMarks
        guard end != .killedAfterCommit else { return }
        toBroker += batch.map(\.id)
    }

    /// Until the broker has nothing left.
    mutating func drain() {
        connect()
        while !broker.hasSentAll {
            brokerSends()
            takeBatch(1000)
            brokerReadsAll()
        }
    }
}

extension SimulatedBridge {
    /// Bursts, batches, kills and lost PUBACKs, all by chance, and at the end all that is left.
    static func run(
        _ identifiers: SimulatedBroker.Identifiers, window: Int, contents: Int, seed: UInt64, steps: Int = 250,
        scale: RedeliveryFilter.Scale = RedeliveryFilter.Scale(), usesFilter: Bool = true
    ) -> SimulatedBridge {
        var random = SplitMix64(seed: ~seed)
        var bridge = SimulatedBridge(identifiers, window: window, seed: seed, scale: scale, usesFilter: usesFilter)
        bridge.connect()
        // Some runs in large steps, some in small ones.
        let size = random.next(below: 2) == 0 ? 2 * window : max(1, window / 4)
        for _ in 0..<steps {
            switch random.next(below: 12) {
            case 0...2:
                for _ in 0...random.next(below: min(size, 20_000)) {
                    bridge.broker.publish(UInt64(random.next(below: contents)))
                }
            case 3...5: bridge.brokerSends()
            case 6...8: bridge.takeBatch(1 + random.next(below: size))
            case 9: bridge.brokerReads(1 + random.next(below: size))
            case 10: bridge.brokerReadsAll()
            default:
                // One kill, or several in a row.
                for _ in 0...random.next(below: 3) {
                    if random.next(below: 2) == 0 {
                        bridge.takeBatch(
                            1 + random.next(below: size),
                            random.next(below: 2) == 0 ? .killedBeforeCommit : .killedAfterCommit)
                    }
                    bridge.brokerReads(random.next(below: size))
                    bridge.connect()
                    if random.next(below: 2) == 0 { bridge.brokerSends() }
                }
            }
        }
        bridge.drain()
        return bridge
    }
}
