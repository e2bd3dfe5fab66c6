import Ingest
import Journal
import Testing

@Suite("Redelivery filter on simulated brokers")
struct RedeliverySimulationTests {
    @Test(
        "nothing new is taken for old, and nothing is lost, although all messages are equal",
        arguments: SimulatedBroker.Identifiers.allCases, [1, 7, 100, 400, 5000])
    func equalMessages(identifiers: SimulatedBroker.Identifiers, window: Int) {
        for seed in 0..<60 as Range<UInt64> {
            let bridge = SimulatedBridge.run(identifiers, window: window, contents: 1, seed: seed)
            #expect(bridge.mistaken.isEmpty, "seed \(seed)")
            #expect(bridge.isComplete, "seed \(seed)")
        }
    }

    @Test("the same with messages of a few kinds", arguments: SimulatedBroker.Identifiers.allCases)
    func fewKinds(identifiers: SimulatedBroker.Identifiers) {
        for seed in 1000..<1040 as Range<UInt64> {
            let bridge = SimulatedBridge.run(identifiers, window: 150, contents: 2, seed: seed)
            #expect(bridge.mistaken.isEmpty, "seed \(seed)")
            #expect(bridge.isComplete, "seed \(seed)")
        }
    }

    @Test("duplicates fall by an order of magnitude where the broker counts its ids")
    func fewerDuplicates() {
        var with = 0
        var without = 0
        for seed in 2000..<2020 as Range<UInt64> {
            with += SimulatedBridge.run(.counting, window: 2000, contents: 1_000_000, seed: seed, steps: 1000).duplicates
            without += SimulatedBridge.run(.counting, window: 2000, contents: 1_000_000, seed: seed, steps: 1000, usesFilter: false).duplicates
        }
        #expect(without > 100_000)
        #expect(with * 10 < without, "\(with) with the filter, \(without) without")
    }
}
