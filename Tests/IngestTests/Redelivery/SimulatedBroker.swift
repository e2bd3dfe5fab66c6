import TestSupport

@testable import Ingest

/// A broker's side of one session at QoS 1, without a network: what it has sent and not seen
/// acknowledged, and the ids it gives.
struct SimulatedBroker {
    enum Identifiers: Hashable, CaseIterable {
        /// Counts up for the session, whatever is in use (mosquitto).
        case counting
        /// Counts up, and now and then drops messages that have an id already.
        case countingWithGaps
        /// Counts from 1 on each connection, passing over ids in use.
        case countingPerConnection
        case lowestFree
        case random
    }

    struct Packet {
        /// Which message it is; no bridge can see that.
        let serial: Int
        let id: UInt16
        let content: UInt64
        var isRedelivered: Bool
    }

    let identifiers: Identifiers
    /// Ids go from 1 to this.
    let lastIdentifier: Int
    /// Messages that it drops in a row, at most.
    private let mostDropped: Int
    /// How many it has under way unacknowledged.
    let window: Int
    private(set) var published = 0
    private var waiting: ArraySlice<(serial: Int, content: UInt64)> = []
    private(set) var unacknowledged: ArraySlice<Packet> = []
    private var inUse = [UInt8](repeating: 0, count: 65_536)
    private var lastID: UInt16
    /// No id below it is free.
    private var lowestFree = 1
    private var random: SplitMix64

    init(_ identifiers: Identifiers, window: Int, scale: RedeliveryFilter.Scale, seed: UInt64) {
        self.identifiers = identifiers
        lastIdentifier = scale.identifiers
        mostDropped = scale.identifiers - scale.maximumDepth - 1
        // Only a broker that gives ids without a look at those in use can have more under way than
        // there are ids.
        self.window = identifiers == .counting || identifiers == .countingWithGaps ? window : min(window, scale.identifiers)
        random = SplitMix64(seed: seed)
        lastID = UInt16(random.next(below: 3) == 0 ? 0 : random.next(below: scale.identifiers))
    }

    var hasSentAll: Bool { waiting.isEmpty && unacknowledged.isEmpty }

    mutating func publish(_ content: UInt64) {
        waiting.append((published, content))
        published += 1
    }

    /// A connection begins: what was under way goes out again.
    mutating func connect() -> ArraySlice<Packet> {
        if identifiers == .countingPerConnection { lastID = 0 }
        for index in unacknowledged.indices { unacknowledged[index].isRedelivered = true }
        return unacknowledged
    }

    /// What it sends now that it had not sent before.
    mutating func send() -> [Packet] {
        var packets: [Packet] = []
        let room = min(window - unacknowledged.count, waiting.count)
        for (serial, content) in waiting.prefix(max(0, room)) {
            let id = nextID()
            inUse[Int(id)] += 1
            packets.append(Packet(serial: serial, id: id, content: content, isRedelivered: false))
        }
        waiting = waiting.dropFirst(packets.count)
        unacknowledged += packets
        return packets
    }

    /// PUBACKs have come in.
    mutating func acknowledged(_ ids: some Collection<UInt16>) {
        var count = 0
        for id in ids {
            // Each connection's PUBACKs begin with the first message that it was sent.
            guard count < unacknowledged.count, unacknowledged[unacknowledged.startIndex + count].id == id else { break }
            inUse[Int(id)] -= 1
            lowestFree = min(lowestFree, Int(id))
            count += 1
        }
        unacknowledged = unacknowledged.dropFirst(count)
    }

    private mutating func nextID() -> UInt16 {
        switch identifiers {
        case .counting:
            lastID = id(after: lastID)
        case .countingWithGaps:
            // Rarely, but then many: it was full for a long time.
            let dropped = random.next(below: 100) == 0 ? random.next(below: mostDropped + 1) : 0
            for _ in 0...dropped { lastID = id(after: lastID) }
        case .countingPerConnection:
            repeat { lastID = id(after: lastID) } while inUse[Int(lastID)] > 0
        case .lowestFree:
            while lowestFree < lastIdentifier, inUse[lowestFree] > 0 { lowestFree += 1 }
            return UInt16(lowestFree)
        case .random:
            repeat { lastID = UInt16(1 + random.next(below: lastIdentifier)) } while inUse[Int(lastID)] > 0
        }
        return lastID
    }

    private func id(after id: UInt16) -> UInt16 { id < lastIdentifier ? id + 1 : 1 }
}

extension SplitMix64 {
    mutating func next(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
