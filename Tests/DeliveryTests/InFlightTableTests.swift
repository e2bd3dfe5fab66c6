import Journal
import Testing

@testable import Delivery

@Suite("In-flight table")
struct InFlightTableTests {
    private func offset(_ value: Int) -> EventOffset { EventOffset(rawValue: Int64(value)) }

    @Test("finds events settled in any order, once each")
    func anyOrder() {
        var table = InFlightTable()
        var offsets: [UInt64: EventOffset] = [:]
        for number in 0..<20_000 { offsets[table.add(offset: offset(number), bytes: 10)] = offset(number) }
        #expect(table.count == 20_000)
        #expect(table.bytes == 200_000)
        for (id, offset) in offsets.shuffled() {
            #expect(table.remove(id: id) == offset)
            #expect(table.remove(id: id) == nil)
        }
        #expect(table.count == 0)
        #expect(table.bytes == 0)
    }

    @Test("goes on counting ids when it was empty between")
    func idsGoOn() {
        var table = InFlightTable()
        let first = table.add(offset: offset(1), bytes: 1)
        #expect(table.remove(id: first) == offset(1))
        let second = table.add(offset: offset(2), bytes: 1)
        #expect(second != first)
        #expect(table.remove(id: first) == nil)
        #expect(table.remove(id: second) == offset(2))
    }
}
