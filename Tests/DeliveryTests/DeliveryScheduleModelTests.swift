import Azure
import Journal
import Notifications
import TestSupport
import Testing

@testable import Delivery

/// A far side with whims, and a model that knows what it may be sent.
private struct WhimsicalSession {
    var random: SplitMix64
    var schedule = DeliverySchedule(limits: .init(events: 200, bytes: 1 << 20))
    let count: Int
    let subjects: Int
    let maximumPerDelivery: Int
    /// Events that are always refused.
    let poison: Set<Int>

    var now: Duration = .zero
    var appended = 0
    var underWay: [(id: UInt64, events: [Int])] = []
    var burying: [Refusal] = []
    /// Per subject: everything below is accepted or in the dead letters.
    var done: [Int: Int] = [:]
    var accepted: [Int] = []
    var buried: [Int] = []
    var faults: [String] = []

    init(seed: UInt64, count: Int, subjects: Int, maximumPerDelivery: Int) {
        var random = SplitMix64(seed: seed)
        self.count = count
        self.subjects = subjects
        self.maximumPerDelivery = maximumPerDelivery
        poison = Set((0..<count).filter { _ in Int.random(in: 0..<50, using: &random) == 0 })
        self.random = random
    }

    func subject(_ number: Int) -> Int { number * number % subjects }

    mutating func run() -> Int {
        var steps = 0
        while accepted.count + buried.count < count, faults.isEmpty, steps < 1_000_000 {
            steps += 1
            switch Int.random(in: 0..<6, using: &random) {
            case 0: append()
            case 1: take()
            case 2, 3: answer()
            case 4: bury()
            default: passTime()
            }
        }
        return steps
    }

    private mutating func append() {
        guard let room = schedule.room else { return }
        let upTo = min(count, appended + Int.random(in: 1...min(40, room.events), using: &random))
        schedule.add((appended..<upTo).map { number in
            JournalEvent(
                offset: EventOffset(rawValue: Int64(number)),
                notification: Notification(id: "\(number)", source: "s", type: "t", subject: "d\(subject(number))", body: [1, 2]))
        })
        appended = upTo
    }

    private mutating func take() {
        let events = schedule.takeReady(now: now, bounds: DeliveryBounds(events: maximumPerDelivery))
        var rest = events[...]
        while let first = rest.first {
            let members = rest.prefix { $0.id == first.id }
            rest = rest.dropFirst(members.count)
            let numbers = members.compactMap { Int($0.notification.id) }
            let busy = Set(underWay.flatMap(\.events).map(subject))
            if !busy.isDisjoint(with: numbers.map(subject)) { faults.append("two deliveries of a subject at once: \(numbers)") }
            if Set(numbers.map(subject)).count != 1 || numbers != numbers.sorted() { faults.append("odd delivery \(numbers)") }
            if members.count > maximumPerDelivery { faults.append("\(members.count) in a delivery") }
            underWay.append((first.id, numbers))
        }
    }

    /// Settles a few deliveries, in any order, as the mood is.
    private mutating func answer() {
        var reports: [DeliveryReport] = []
        var taken: [UInt64: [Int]] = [:]
        for _ in 0..<Int.random(in: 1...8, using: &random) where !underWay.isEmpty {
            let (id, numbers) = underWay.remove(at: Int.random(in: 0..<underWay.count, using: &random))
            taken[id] = numbers
            reports.append(DeliveryReport(id: id, outcome: outcome(of: numbers)))
        }
        // A report that comes twice, or of nothing, changes nothing.
        if let first = reports.first { reports.append(first) }
        reports.append(DeliveryReport(id: 1 << 63, outcome: .accepted))
        let verdicts = schedule.handle(reports, now: now, random: { 0.5 })
        var expected: [Int] = []
        for report in reports where report.outcome == .accepted {
            for number in taken.removeValue(forKey: report.id) ?? [] { expected.append(number) }
        }
        if verdicts.settled.map({ Int($0.rawValue) }) != expected { faults.append("settled \(verdicts.settled), not \(expected)") }
        for number in expected { finish(number, "accepted") }
        accepted += expected
        burying += verdicts.refused
    }

    private mutating func outcome(of numbers: [Int]) -> DeliveryReport.Outcome {
        if !poison.isDisjoint(with: numbers) { return .failed(refusedForGood) }
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return .failed(released)
        case 1: return .failed(EndpointFailure(kind: .timedOut, condition: "com.microsoft:timeout", detail: "d"))
        case 2:
            return .failed(
                EndpointFailure(kind: .throttled, condition: "com.microsoft:server-busy", detail: "d", retryAfter: .seconds(4)))
        default: return .accepted
        }
    }

    private mutating func bury() {
        guard !burying.isEmpty else { return }
        let refusal = burying.removeFirst()
        // Now and then the journal fails.
        guard Int.random(in: 0..<4, using: &random) > 0 else { return schedule.notBuried(refusal.id, now: now, random: 0.5) }
        let number = Int(refusal.offset.rawValue)
        if !poison.contains(number) { faults.append("buried \(number), which is good") }
        if refusal.tries.isEmpty { faults.append("no history of \(number)") }
        finish(number, "buried")
        buried.append(number)
        schedule.buried(refusal.id)
    }

    private mutating func passTime() {
        now += .milliseconds(Int.random(in: 1...500, using: &random))
        if schedule.isHalted, Int.random(in: 0..<4, using: &random) == 0 { schedule.resume() }
    }

    /// Nothing of the subject that came before may still be out.
    private mutating func finish(_ number: Int, _ how: String) {
        let before = (0..<number).last { subject($0) == subject(number) } ?? -1
        if done[subject(number), default: -1] != before {
            faults.append("\(number) was \(how) after \(done[subject(number), default: -1]), not \(before)")
        }
        done[subject(number)] = number
    }
}

@Suite("Delivery schedule against a model")
struct DeliveryScheduleModelTests {
    @Test(
        "keeps the order of each subject and loses nothing, whatever the far side answers",
        arguments: 0..<12 as Range<UInt64>, [1, 7])
    func order(seed: UInt64, maximumPerDelivery: Int) {
        var session = WhimsicalSession(
            seed: seed, count: 2_000, subjects: [1, 3, 40, 1_000][Int(seed % 4)], maximumPerDelivery: maximumPerDelivery)
        let steps = session.run()
        #expect(session.faults.isEmpty, "\(session.faults.first ?? "")")
        #expect(session.accepted.count + session.buried.count == 2_000, "stuck after \(steps) steps")
        #expect(Set(session.buried) == session.poison)
        #expect(session.schedule.heldEvents == 0)
        #expect(session.schedule.heldBytes == 0)
        #expect(session.schedule.underWay == 0)
    }
}
