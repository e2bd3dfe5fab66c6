import Azure
import Testing

@testable import Delivery

@Suite("Back-off")
struct BackOffTests {
    @Test("doubles up to the cap of its kind, with full jitter, and starts again after a success")
    func grows() {
        let rule = BackOffRule.ofSession(.transient)
        var backOff = BackOff()
        let longest = (0..<40).map { _ in backOff.next(rule, random: 1) }
        #expect(longest.prefix(4) == [.milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1600)])
        #expect(longest.last == .seconds(30))
        let result1 = backOff.next(rule, random: 0)
        #expect(result1 == .zero)
        backOff.reset()
        let result2 = backOff.next(rule, random: 0.5)
        #expect(result2 == .milliseconds(100))
    }

    @Test("is capped at 30 minutes where a person has to act, and never longer", arguments: FailureKind.allCases)
    func caps(_ kind: FailureKind) {
        let rule = BackOffRule.ofSession(kind)
        #expect(rule.cap <= .seconds(1800))
        #expect((rule.cap == .seconds(1800)) == [.unauthorized, .gone, .refused, .tooLarge].contains(kind))
        var backOff = BackOff()
        for _ in 0..<60 {
            let wait = backOff.next(rule, random: 1)
            #expect(wait <= rule.cap)
        }
    }

    @Test("waits as long as the far side asks, and at most a tenth more")
    func hint() {
        var backOff = BackOff()
        let rule = BackOffRule.ofSession(.throttled)
        let result3 = backOff.next(rule, hint: .seconds(10), random: 0)
        #expect(result3 == .seconds(10))
        let result4 = backOff.next(rule, hint: .seconds(10), random: 1)
        #expect(result4 == .seconds(11))
        let result5 = backOff.next(rule, hint: .seconds(365 * 86400), random: 0)
        #expect(result5 == .seconds(1800))
        let result6 = backOff.next(rule, random: 0)
        #expect(result6 == .seconds(4), "reference 4.10: 4 s or more without a hint")
    }
}
