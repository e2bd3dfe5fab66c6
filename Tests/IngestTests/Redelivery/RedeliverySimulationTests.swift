import Journal
import Testing

@testable import Ingest

@Suite("Redelivery filter on simulated brokers")
struct RedeliverySimulationTests {
    /// Ids that come round after a few messages, so that every coincidence happens.
    static let scales: [RedeliveryFilter.Scale] = [
        .init(identifiers: 7, proof: 1, maximumDepth: 3),
        .init(identifiers: 12, proof: 2, maximumDepth: 5),
        .init(identifiers: 30, proof: 1, maximumDepth: 15),
    ]

    @Test(
        "nothing new is taken for old, and nothing is lost, although all messages are equal and ids soon come round",
        arguments: SimulatedBroker.Identifiers.allCases.filter { $0 != .random }, scales.indices)
    func equalMessages(identifiers: SimulatedBroker.Identifiers, scale: Int) {
        let scale = Self.scales[scale]
        // Receive Maximum honoured, and as if there were none.
        for window in [1, 3, scale.identifiers - 1, scale.identifiers, 3 * scale.identifiers] {
            for seed in 0..<40 as Range<UInt64> {
                let bridge = SimulatedBridge.run(identifiers, window: window, contents: 1, seed: seed, scale: scale)
                #expect(bridge.mistaken.isEmpty, "window \(window), seed \(seed)")
                #expect(bridge.isComplete, "window \(window), seed \(seed)")
            }
        }
    }

    @Test("the same with ids as MQTT has them", arguments: SimulatedBroker.Identifiers.allCases, [7, 400])
    func equalMessagesAtFullScale(identifiers: SimulatedBroker.Identifiers, window: Int) {
        for seed in 0..<4 as Range<UInt64> {
            let bridge = SimulatedBridge.run(identifiers, window: window, contents: 1, seed: seed)
            #expect(bridge.mistaken.isEmpty, "seed \(seed)")
            #expect(bridge.isComplete, "seed \(seed)")
        }
    }

    @Test("duplicates fall by an order of magnitude where the broker counts its ids")
    func fewerDuplicates() {
        var with = SimulatedBridge(.counting, window: 1000)
        var without = SimulatedBridge(.counting, window: 1000, usesFilter: false)
        for _ in 0..<40 {
            with.loadAndKill()
            without.loadAndKill()
        }
        with.drain()
        without.drain()
        #expect(with.mistaken.isEmpty)
        #expect(with.isComplete)
        #expect(without.duplicates > 10_000)
        #expect(with.duplicates * 10 < without.duplicates, "\(with.duplicates) with the filter, \(without.duplicates) without")
    }
}

extension SimulatedBridge {
    /// Two thousand messages, of which the broker sees about half of the PUBACKs; kills in a row.
    fileprivate mutating func loadAndKill() {
        connect()
        for _ in 0..<2000 { broker.publish(UInt64(broker.published)) }
        for _ in 0..<4 {
            brokerSends()
            takeBatch(500)
            brokerReads(300)
        }
        connect()
        takeBatch(200, .killedAfterCommit)
        connect()
        takeBatch(300)
        brokerReads(100)
        takeBatch(300, .killedBeforeCommit)
    }
}
