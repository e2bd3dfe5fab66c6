import Azure
import Journal
import Notifications
import Testing

@testable import Delivery

@Suite("Delivery window", .timeLimit(.minutes(1)))
struct DeliveryWindowTests {
    private func event(_ number: Int, bytes: Int = 1) -> JournalEvent {
        JournalEvent(
            offset: EventOffset(rawValue: Int64(number)),
            notification: Notification(
                id: "\(number)", source: "s", type: "t", body: ArraySlice(repeatElement(0, count: bytes))))
    }

    private func reports(_ events: [OutboundEvent], _ outcome: DeliveryReport.Outcome) -> [DeliveryReport] {
        events.map { DeliveryReport(id: $0.id, outcome: outcome) }
    }

    @Test("offers what is free, and nothing while less than a quarter is")
    func offersRoom() async throws {
        let window = DeliveryWindow(limits: .init(events: 8, bytes: 1000))
        #expect(try await window.nextStep() == .send(events: 8, bytes: 1000))
        let sent = window.add((0..<7).map { event($0) })
        async let next = window.nextStep()
        _ = window.handle(reports([sent[3]], .accepted))
        #expect(try await next == .send(events: 2, bytes: 994))
    }

    @Test("waits where the bytes are used up")
    func byteLimit() async throws {
        let window = DeliveryWindow(limits: .init(events: 100, bytes: 10))
        let sent = window.add([event(1, bytes: 10)])
        async let next = window.nextStep()
        _ = window.handle(reports(sent, .accepted))
        #expect(try await next == .send(events: 100, bytes: 10))
    }

    @Test("rewinds once, when everything under way came home, after an event was returned")
    func rewinds() async throws {
        let window = DeliveryWindow(limits: .init(events: 8, bytes: 1000))
        let sent = window.add((0..<3).map { event($0) })
        let verdicts = window.handle(reports([sent[1]], .returned(reason: "released")))
        #expect(verdicts.returned.count == 1)
        async let next = window.nextStep()
        let rest = window.handle(reports([sent[0], sent[2]], .accepted))
        #expect(rest.settled.map(\.rawValue) == [0, 2])
        #expect(try await next == .rewind)
        #expect(try await window.nextStep() == .send(events: 8, bytes: 1000))
    }

    @Test("sorts the outcomes, and takes no report twice")
    func sorts() {
        let window = DeliveryWindow()
        let sent = window.add((0..<2).map { event($0) })
        let verdicts = window.handle([
            DeliveryReport(id: sent[0].id, outcome: .refused(condition: "c", description: "d")),
            DeliveryReport(id: sent[1].id, outcome: .accepted),
            DeliveryReport(id: sent[1].id, outcome: .accepted),
            DeliveryReport(id: 99, outcome: .accepted),
        ])
        #expect(verdicts.refused.map(\.offset.rawValue) == [0])
        #expect(verdicts.settled.map(\.rawValue) == [1])
        #expect(window.inFlightCount == 0)
    }

    @Test("a cancelled wait ends")
    func cancellation() async {
        let window = DeliveryWindow(limits: .init(events: 1, bytes: 1))
        _ = window.add([event(1)])
        let task = Task { try await window.nextStep() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let drain = Task { await window.drained() }
        drain.cancel()
        await drain.value
    }
}
