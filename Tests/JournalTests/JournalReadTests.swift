import Foundation
@testable import Journal
import Notifications
import TestSupport
import Testing

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalReadTests {
    let folder = TemporaryFolder()

    private func small() -> JournalTuning {
        var tuning = JournalTuning()
        tuning.recentBytes = 0
        return tuning
    }

    @Test("events come in order, numbered per subject, from memory and from the disk", arguments: [true, false])
    func order(fromMemory: Bool) async throws {
        let journal = try folder.open(tuning: fromMemory ? JournalTuning() : small())
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        let reader = try journal.reader(for: "a")
        for index in 0..<10 {
            let receipt = try await journal.append(Events.batch("\(index)", count: 6, to: [slot]))
            #expect(receipt.firstOffset.rawValue == Int64(index * 6))
            #expect(receipt.sequences.map(\.rawValue) == [1, 1, 1, 2, 2, 2].map { $0 + Int32(index * 2) })
        }
        let events = try await reader.read(60, atATime: 7)
        #expect(events.ids == (0..<10).flatMap { batch in (0..<6).map { "\(batch)-\($0)" } })
        #expect(events.offsets.map(\.rawValue) == Array(0..<60))
        #expect(events.filter { $0.notification.subject == "device-1" }.sequences == Array(1...20))
        #expect(events[7].notification.body == Events.batch("", count: 6, to: []).arena[20..<40])
        #expect(reader.waiting == 60)
        reader.settle(events.offsets)
        #expect(reader.waiting == 0)
    }

    @Test("the limits of one call hold, but one event always comes")
    func limits() async throws {
        let journal = try folder.open(tuning: small())
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        let reader = try journal.reader(for: "a")
        _ = try await journal.append(Events.batch("e", count: 10, bodyBytes: 100, to: [slot]))
        #expect(try await reader.next(maximumEvents: 3, maximumBytes: 10_000).ids == ["e-0", "e-1", "e-2"])
        #expect(try await reader.next(maximumEvents: 10, maximumBytes: 250).ids == ["e-3", "e-4"])
        #expect(try await reader.next(maximumEvents: 10, maximumBytes: 1).ids == ["e-5"])
        #expect(try await reader.next(maximumEvents: 10, maximumBytes: 10_000).count == 4)
    }

    @Test("a reader waits for the next event, and a cancelled one gets nothing")
    func waits() async throws {
        let journal = try folder.open()
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        let reader = try journal.reader(for: "a")
        async let events = reader.next(maximumEvents: 10, maximumBytes: 1000)
        _ = try await journal.append(Events.batch("e", count: 2, to: [slot]))
        #expect(try await events.ids == ["e-0", "e-1"])

        let waiting = Task { try await reader.next(maximumEvents: 10, maximumBytes: 1000) }
        waiting.cancel()
        #expect(try await waiting.value.isEmpty)
    }

    @Test("rewinding gives again what is not settled, and only that", arguments: [true, false])
    func rewind(fromMemory: Bool) async throws {
        let journal = try folder.open(tuning: fromMemory ? JournalTuning() : small())
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        let reader = try journal.reader(for: "a")
        _ = try await journal.append(Events.batch("e", count: 8, to: [slot]))
        let events = try await reader.read(6, atATime: 6)
        reader.settle([events[0].offset, events[3].offset, events[4].offset])
        reader.rewind()
        let again = try await reader.read(5, atATime: 2)
        #expect(again.ids == ["e-1", "e-2", "e-5", "e-6", "e-7"])
        #expect(reader.waiting == 5)
        reader.settle(again.offsets.reversed())
        #expect(reader.waiting == 0)
    }

    @Test("endpoints of different speed each get all of theirs, in order")
    func speeds() async throws {
        var tuning = JournalTuning()
        tuning.recentBytes = 20_000
        let journal = try folder.open(tuning: tuning)
        defer { journal.close() }
        let slots = try journal.register(endpoints: ["fast", "slow"])
        let fast = try #require(slots["fast"])
        let slow = try #require(slots["slow"])
        let fastReader = try journal.reader(for: "fast")
        let slowReader = try journal.reader(for: "slow")

        var expectedBySlow: [String] = []
        for index in 0..<40 {
            var batch = Events.batch("\(index)", count: 25, to: [fast])
            for event in stride(from: index % 3, to: 25, by: 3) {
                batch.events[event].endpoints.insert(slow)
                expectedBySlow.append("\(index)-\(event)")
            }
            _ = try await journal.append(batch)
            let events = try await fastReader.read(25)
            #expect(events.ids == (0..<25).map { "\(index)-\($0)" })
            fastReader.settle(events.offsets)
        }
        #expect(journal.statistics.waiting == ["fast": 0, "slow": expectedBySlow.count])
        #expect(journal.statistics.recentBytes <= 20_000)
        let events = try await slowReader.read(expectedBySlow.count, atATime: 11)
        #expect(events.ids == expectedBySlow)
        slowReader.settle(events.offsets)
        try journal.trimNow()
        #expect(journal.statistics.eventsStored == 0)
    }

    @Test("dead letters are settled, stay so over a restart and keep the event")
    func deadLetters() async throws {
        do {
            let journal = try folder.open()
            defer { journal.close() }
            let slot = try #require(try journal.register(endpoints: ["a"])["a"])
            let reader = try journal.reader(for: "a")
            _ = try await journal.append(Events.batch("e", count: 5, to: [slot]))
            let events = try await reader.read(5)
            try await reader.deadLetter(events[2].offset, reason: DeadLetterReason(condition: "amqp:decode-error", description: "no"))
            await #expect(throws: JournalError.unknownEvent(endpoint: "a", offset: events[2].offset)) {
                try await reader.deadLetter(events[2].offset, reason: DeadLetterReason(condition: "", description: ""))
            }
            #expect(reader.waiting == 4)
        }
        let journal = try folder.open()
        defer { journal.close() }
        _ = try journal.register(endpoints: ["a"])
        let reader = try journal.reader(for: "a")
        #expect(reader.waiting == 4)
        // One at a time: what is passed over must not end a call.
        #expect(try await reader.read(4, atATime: 1).ids == ["e-0", "e-1", "e-3", "e-4"])
    }

    @Test("commits that wait for the same sync share it")
    func groupCommit() async throws {
        let journal = try folder.open(durability: .powerLoss)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<200 {
                group.addTask { _ = try await journal.append(Events.batch("\(task)", count: 2, to: [slot])) }
            }
            try await group.waitForAll()
        }
        #expect(journal.statistics.eventsAppended == 400)
        #expect(journal.statistics.commits < 200)
        let events = try await journal.reader(for: "a").read(400)
        for subject in ["device-0", "device-1"] {
            #expect(events.filter { $0.notification.subject == subject }.sequences == Array(1...200))
        }
    }

    @Test("the order of the calls is the order of the events")
    func callOrder() async throws {
        var tuning = JournalTuning()
        tuning.queueBytes = 2000
        let journal = try folder.open(tuning: tuning)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        for index in 0..<300 {
            journal.append(Events.batch("\(index)", count: 3, to: [slot])) { _ in }
        }
        let events = try await journal.reader(for: "a").read(900)
        #expect(events.ids == (0..<300).flatMap { batch in (0..<3).map { "\(batch)-\($0)" } })
    }

}
