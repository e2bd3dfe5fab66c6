import Testing

@testable import Delivery

@Suite("Search for the event that spoils a delivery")
struct PoisonSearchTests {
    /// Sends `0..<count` in deliveries of at most `maximum`, a subject's events in order, to somebody
    /// who refuses every delivery with a guilty one in it.
    private func deliver(_ count: Int, maximum: Int, guilty: Set<Int>) -> (accepted: [Int], found: [Int], sends: Int) {
        var queue = Array(0..<count)[...]
        var accepted: [Int] = []
        var found: [Int] = []
        var sends = 0
        var search: PoisonSearch?
        while !queue.isEmpty {
            let delivery = queue.prefix(min(maximum, search?.nextCount ?? maximum))
            sends += 1
            if guilty.isDisjoint(with: delivery) {
                accepted += delivery
                queue = queue.dropFirst(delivery.count)
                search?.accepted(delivery.count)
            } else {
                var running = search ?? PoisonSearch(refused: delivery.count, isTooLarge: false)
                if running.refused(delivery.count) { found.append(queue.removeFirst()) }
                search = running
            }
            if search?.isOver == true { search = nil }
        }
        return (accepted, found, sends)
    }

    @Test("finds the guilty one at every place of batches of every size, and keeps the order", arguments: 1...40)
    func everyPlace(_ size: Int) {
        for guilty in 0..<size {
            let run = deliver(size, maximum: size, guilty: [guilty])
            #expect(run.found == [guilty])
            #expect(run.accepted == (0..<size).filter { $0 != guilty })
            let halvings = Int.bitWidth - (size - 1).leadingZeroBitCount
            #expect(run.sends <= 3 * halvings + 2, "\(run.sends) sends for \(size)")
        }
    }

    @Test("finds all of several", arguments: [[0, 1], [0, 63], [5, 6, 7, 40], Array(0..<64)])
    func several(_ guilty: [Int]) {
        let run = deliver(64, maximum: 64, guilty: Set(guilty))
        #expect(run.found == guilty)
        #expect(run.accepted == (0..<64).filter { !guilty.contains($0) })
    }

    @Test("is over with the first acceptance where the delivery was only too large as a whole")
    func tooLarge() {
        var search = PoisonSearch(refused: 8, isTooLarge: true)
        #expect(search.nextCount == 4)
        search.accepted(4)
        #expect(search.isOver)
    }
}
