import FilterTorture
import Foundation
import Testing

@Suite("Random filters")
struct TortureTests {
    /// More by hand: `FilterTortureRun 10000000`.
    @Test("20,000 random and mutated filters give one verdict in every way of running them")
    func random() {
        let given = ProcessInfo.processInfo.environment["TWINROUTE_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: .min ... .max)
        print("random filters: seed \(seed) (TWINROUTE_SEED repeats it)")
        var torture = Torture(seed: seed)
        torture.run(20_000)
        #expect(torture.complaints.isEmpty, "seed \(seed): \(torture.complaints.prefix(3))")
        #expect(torture.accepted > 2_000)
        #expect(torture.matched > 50)
    }
}
