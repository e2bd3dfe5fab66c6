import Testing

@testable import Delivery

@Suite("Back-off")
struct BackOffTests {
    @Test("doubles up to 30 minutes, with full jitter")
    func grows() {
        var backOff = BackOff()
        let longest = (0..<40).map { _ in backOff.next(random: 1) }
        #expect(longest.prefix(4) == [.milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1600)])
        #expect(longest.last == .seconds(1800))
        #expect(backOff.next(random: 0) == .zero)
        backOff.reset()
        #expect(backOff.next(random: 0.5) == .milliseconds(100))
    }
}
