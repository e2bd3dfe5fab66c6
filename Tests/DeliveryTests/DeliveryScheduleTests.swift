import Azure
import Journal
import Notifications
import Testing

@testable import Delivery

@Suite("Delivery schedule")
struct DeliveryScheduleTests {
    private func event(_ number: Int, _ subject: String?, source: String = "s", bytes: Int = 1) -> JournalEvent {
        JournalEvent(
            offset: EventOffset(rawValue: Int64(number)),
            notification: Notification(
                id: "\(number)", source: source, type: "t", subject: subject,
                body: ArraySlice(repeatElement(0, count: bytes))))
    }

    private func ids(_ events: [OutboundEvent]) -> [String] { events.map(\.notification.id) }

    private func accept(_ events: [OutboundEvent], _ schedule: inout DeliverySchedule) {
        _ = schedule.handle(events.map { DeliveryReport(id: $0.id, outcome: .accepted) }, now: .zero, random: { 0 })
    }

    @Test("sends one event of each subject, and the next when its outcome is there")
    func onePerSubject() {
        var schedule = DeliverySchedule()
        schedule.add([event(0, "a"), event(1, "b"), event(2, "a"), event(3, nil), event(4, nil), event(5, nil, source: "z")])
        let first = schedule.takeReady(now: .zero)
        #expect(ids(first) == ["0", "1", "3", "5"])
        #expect(schedule.takeReady(now: .zero).isEmpty)
        accept([first[0]], &schedule)
        #expect(ids(schedule.takeReady(now: .zero)) == ["2"])
        accept([first[2]], &schedule)
        #expect(ids(schedule.takeReady(now: .zero)) == ["4"])
        #expect(schedule.underWay == 4)
    }

    @Test("the same subject of two sources is one unit of order, as its sequence numbers are")
    func sources() {
        var schedule = DeliverySchedule()
        schedule.add([event(0, "a", source: "x"), event(1, "a", source: "y")])
        #expect(ids(schedule.takeReady(now: .zero)) == ["0"])
    }

    @Test("sends a returned event again after a pause that grows, before later ones of its subject; others go on")
    func returned() {
        var schedule = DeliverySchedule()
        schedule.add([event(0, "a"), event(1, "a"), event(2, "b"), event(3, "b")])
        var sent = schedule.takeReady(now: .zero)
        let verdicts = schedule.handle(
            [DeliveryReport(id: sent[0].id, outcome: .failed(released)), DeliveryReport(id: sent[1].id, outcome: .accepted)],
            now: .zero, random: { 1 })
        #expect(verdicts.returned == 1 && verdicts.settled.map(\.rawValue) == [2])
        #expect(ids(schedule.takeReady(now: .zero)) == ["3"])
        #expect(schedule.nextDeadline == .milliseconds(100))
        #expect(schedule.takeReady(now: .milliseconds(99)).isEmpty)
        sent = schedule.takeReady(now: .milliseconds(100))
        #expect(ids(sent) == ["0"])
        _ = schedule.handle([DeliveryReport(id: sent[0].id, outcome: .failed(released))], now: .seconds(1), random: { 1 })
        #expect(schedule.nextDeadline == .seconds(1) + .milliseconds(200))
    }

    @Test("throttled by a rejection: nothing goes until it is resumed, and the event is kept")
    func throttled() throws {
        var schedule = DeliverySchedule()
        schedule.add([event(0, "a"), event(1, "b")])
        let sent = schedule.takeReady(now: .zero)
        func busy(_ seconds: Int) -> DeliveryReport.Outcome {
            .failed(EndpointFailure(kind: .throttled, condition: "c", detail: "d", retryAfter: .seconds(seconds)))
        }
        let verdicts = schedule.handle(
            [DeliveryReport(id: sent[0].id, outcome: busy(3)), DeliveryReport(id: sent[1].id, outcome: busy(9))],
            now: .zero, random: { 0 })
        #expect(verdicts.throttled?.retryAfter == .seconds(9), "the longest counts")
        #expect(verdicts.refused.isEmpty)
        schedule.add([event(2, "c")])
        #expect(schedule.takeReady(now: .seconds(60)).isEmpty)
        schedule.resume()
        #expect(Set(ids(schedule.takeReady(now: .seconds(60)))) == ["0", "1", "2"])
    }

    @Test("only what is refused for good or too large is given up", arguments: FailureKind.allCases)
    func kinds(_ kind: FailureKind) {
        var schedule = DeliverySchedule()
        schedule.add([event(0, "a")])
        let sent = schedule.takeReady(now: .zero)
        let verdicts = schedule.handle(
            [DeliveryReport(id: sent[0].id, outcome: .failed(EndpointFailure(kind: kind, condition: "c", detail: "d")))],
            now: .zero, wallMilliseconds: { 7 }, random: { 0 })
        let isFinal = kind == .refused || kind == .tooLarge
        #expect(verdicts.refused.count == (isFinal ? 1 : 0))
        #expect(verdicts.returned == (isFinal ? 0 : 1))
        #expect((verdicts.fatal != nil) == (kind == .unauthorized || kind == .gone))
        #expect((verdicts.throttled != nil) == (kind == .throttled))
        if isFinal {
            #expect(verdicts.refused.first?.tries == [DeliveryTry(atMilliseconds: 7, condition: "c", description: "d")])
        }
    }

    @Test("a subject waits while its refused event is put into the dead letters")
    func burial() {
        var schedule = DeliverySchedule()
        schedule.add([event(0, "a"), event(1, "a")])
        let sent = schedule.takeReady(now: .zero)
        let verdicts = schedule.handle([DeliveryReport(id: sent[0].id, outcome: .failed(refusedForGood))], now: .zero, random: { 1 })
        #expect(schedule.takeReady(now: .seconds(99)).isEmpty)
        schedule.notBuried(verdicts.refused[0].id, now: .zero, random: 1)
        let again = schedule.takeReady(now: .seconds(1))
        #expect(ids(again) == ["0"])
        let second = schedule.handle([DeliveryReport(id: again[0].id, outcome: .failed(refusedForGood))], now: .zero, random: { 1 })
        #expect(second.refused.first?.tries.count == 2)
        schedule.buried(second.refused[0].id)
        #expect(ids(schedule.takeReady(now: .seconds(1))) == ["1"])
    }

    @Test("offers room once a quarter is free, and none while the bytes are used up")
    func room() throws {
        var schedule = DeliverySchedule(limits: .init(events: 8, bytes: 10))
        #expect(try #require(schedule.room) == (8, 10))
        schedule.add((0..<7).map { event($0, "\($0)") })
        #expect(schedule.room == nil)
        let sent = schedule.takeReady(now: .zero)
        accept([sent[0]], &schedule)
        #expect(try #require(schedule.room) == (2, 4))
        schedule.add([event(9, "x", bytes: 4)])
        accept(Array(sent[1...3]), &schedule)
        #expect(try #require(schedule.room) == (4, 3))
        schedule.add([event(10, "y", bytes: 3)])
        #expect(schedule.room == nil)
    }

    @Test("events of a subject go together where the session takes it, and none of another subject")
    func batches() {
        var schedule = DeliverySchedule()
        schedule.add([event(0, "a"), event(1, "b"), event(2, "a"), event(3, "a"), event(4, "a")])
        let sent = schedule.takeReady(now: .zero, bounds: DeliveryBounds(events: 3))
        #expect(ids(sent) == ["0", "2", "3", "1"])
        #expect(Set(sent.prefix(3).map(\.id)).count == 1)
        let verdicts = schedule.handle([DeliveryReport(id: sent[0].id, outcome: .accepted)], now: .zero, random: { 0 })
        #expect(verdicts.settled.map(\.rawValue) == [0, 2, 3])
        #expect(ids(schedule.takeReady(now: .zero, bounds: DeliveryBounds(events: 3))) == ["4"])
    }

    @Test("a delivery ends before an event that is too much, or that may not share it; the first goes in any case")
    func bounds() {
        var schedule = DeliverySchedule()
        let each = 100 + DeliveryBounds.bytesBesideBody
        schedule.add((0..<6).map { event($0, "a", source: $0 < 5 ? "s" : "z", bytes: 100) })
        func next(_ bounds: DeliveryBounds) -> [String] {
            let sent = schedule.takeReady(now: .zero, bounds: bounds)
            if let first = sent.first { accept([first], &schedule) }
            return ids(sent)
        }
        #expect(next(DeliveryBounds(events: 9, bytes: 2 * each)) == ["0", "1"])
        #expect(next(DeliveryBounds(events: 9, bytes: 2 * each - 1)) == ["2"])
        #expect(next(DeliveryBounds(events: 9, bytes: 1)) == ["3"])
        #expect(next(DeliveryBounds(events: 9, mayShare: { $0.source == $1.source })) == ["4"])
        #expect(next(DeliveryBounds(events: 9)) == ["5"])
    }
}
