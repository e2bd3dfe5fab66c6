import Foundation
import Notifications
import TestSupport
import Testing

@testable import Journal

@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct JournalClockTests {
    let folder = TemporaryFolder()
    let clock = ManualClock()

    private func age(_ journal: Journal) -> Duration? { journal.backlogs["a"]?.oldestAge }

    private func fill(_ journal: Journal) async throws {
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        _ = try await journal.append(Events.batch("e", count: 3, to: [slot]))
    }

    @Test("a step of the wall clock by a year makes nothing older or younger, over a restart too", arguments: [Duration.year, .zero - .year])
    func sameBoot(step: Duration) async throws {
        do {
            let journal = try folder.open(tuning: clock.tuning)
            defer { journal.close() }
            try await fill(journal)
            clock.pass(.seconds(10))
            clock.stepWall(step)
            #expect(age(journal) == .seconds(10))
            try journal.setLimits(["a": BacklogLimits(bytes: .max, age: .seconds(60), whenFull: .dropOldest)])
            #expect(journal.books["a"]?.waiting == 3)
        }
        clock.stepWall(step)
        clock.pass(.seconds(5))
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        #expect(age(journal) == .seconds(15))
    }

    @Test("over a reboot the wall clock says how long the machine was off")
    func reboot() async throws {
        do {
            let journal = try folder.open(tuning: clock.tuning)
            defer { journal.close() }
            try await fill(journal)
            clock.pass(.seconds(10))
        }
        clock.pass(.seconds(3600))
        clock.reboot()
        for _ in 0..<2 {
            let journal = try folder.open(tuning: clock.tuning)
            defer { journal.close() }
            #expect(age(journal) == .seconds(3610))
        }
    }

    @Test("a wall clock that was set before the reboot does not count as time", arguments: [Duration.year, .zero - .year])
    func stepThenReboot(step: Duration) async throws {
        let journal = try folder.open(tuning: clock.tuning)
        try await fill(journal)
        clock.pass(.seconds(10))
        clock.stepWall(step)
        // The first commit or look after the step notes it.
        journal.flushNow()
        clock.pass(.seconds(10))
        let copy = try folder.copyAsKilled()
        journal.close()
        clock.pass(.seconds(100))
        clock.reboot()
        let again = try copy.open(tuning: clock.tuning)
        defer { again.close() }
        #expect(age(again) == .seconds(120))
    }

    @Test("over a reboot with a clock that went back nothing is younger than it was")
    func neverNegative() async throws {
        do {
            let journal = try folder.open(tuning: clock.tuning)
            defer { journal.close() }
            try await fill(journal)
            clock.pass(.seconds(10))
            try await fill(journal)
        }
        clock.stepWall(.zero - .year)
        clock.reboot()
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        #expect(age(journal) == .seconds(10))
        clock.pass(.seconds(1))
        #expect(age(journal) == .seconds(11))
    }

    @Test("the system's clock runs and knows its boot")
    func system() {
        #expect(SystemClock.bootMilliseconds() > 0)
        #expect(SystemClock.bootID() == SystemClock.bootID())
    }

    @Test("times of rows stay few, and an event is never taken for younger than it is")
    func arrivalTimes() {
        var list = ArrivalTimes.List()
        var random = SplitMix(state: 3)
        var rows: [(offset: Int64, time: Int64)] = []
        var (offset, time): (Int64, Int64) = (0, 1)
        for _ in 0..<200_000 {
            rows.append((offset, time))
            list.add(ArrivalTimes.Entry(offset: offset, time: time))
            offset += Int64.random(in: 1...5, using: &random)
            time += Int64.random(in: 0...4000, using: &random)
        }
        #expect(list.entries.count <= ArrivalTimes.List.maximumCount)
        for row in rows.shuffled(using: &random).prefix(1000) {
            let found = list.time(of: row.offset) ?? .max
            #expect(found <= row.time)
            #expect(found > row.time - 30_000)
        }
        list.drop(below: rows[100_000].offset)
        #expect((list.time(of: rows[100_000].offset) ?? .max) <= rows[100_000].time)
        #expect(list.entries.count < 50_000)
    }

    @Test("rates are those of the last half minute")
    func rates() {
        var meter = RateMeter()
        #expect(meter.rate(at: 5000) == EventRate())
        for second in 0..<100 { meter.add(events: 10, bytes: 2000, at: Int64(second) * 1000 + 500) }
        let steady = meter.rate(at: 100_000)
        #expect((9.5...10.5).contains(steady.eventsPerSecond))
        #expect((1900...2100).contains(steady.bytesPerSecond))
        #expect((4.0...6.0).contains(meter.rate(at: 115_000).eventsPerSecond))
        #expect(meter.rate(at: 131_000) == EventRate())
        var new = RateMeter()
        new.add(events: 7, bytes: 7, at: 10_000)
        #expect(new.rate(at: 10_000).eventsPerSecond == 7)
    }

    @Test("the backlog says what comes in and what goes out")
    func flow() async throws {
        let journal = try folder.open(tuning: clock.tuning)
        defer { journal.close() }
        let slot = try #require(try journal.register(endpoints: ["a"])["a"])
        let reader = try journal.reader(for: "a")
        for index in 0..<20 {
            _ = try await journal.append(Events.batch("\(index)", count: 10, to: [slot]))
            if index % 2 == 0 { reader.settle(try await reader.read(10).offsets) }
            clock.pass(.seconds(1))
        }
        let backlog = reader.backlog
        #expect(backlog.events == 100)
        #expect((9.0...10.5).contains(backlog.arrivals.eventsPerSecond))
        #expect((4.5...5.5).contains(backlog.departures.eventsPerSecond))
        #expect(backlog.arrivals.bytesPerSecond > 300)
    }
}
