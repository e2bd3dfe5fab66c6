import Foundation
import Notifications
import TestSupport
import Testing

@testable import Journal

/// Random operations on a journal and on a model of its books, with restarts and kills at every
/// point.
@Suite(.fewAtATime, .timeLimit(.minutes(5))) struct BooksModelTests {
    @Test("the books balance and say what happened, whatever happens", arguments: 1...40 as ClosedRange<UInt64>)
    func againstModel(seed: UInt64) async throws {
        var run = try BooksRun(seed: seed)
        for step in 0..<60 {
            let operation = try await run.step()
            guard run.agrees() else {
                Issue.record("seed \(seed), step \(step), \(operation): \(run.difference)")
                return
            }
        }
        try await run.finish()
    }
}

private struct BooksRun {
    private static let names: [EndpointID] = ["a", "b", "c"]

    private var random: SplitMix
    private var folder = TemporaryFolder()
    private var journal: Journal
    private var slots: [EndpointID: EndpointSlot] = [:]
    private var models: [EndpointID: BooksModel] = [:]
    private var letters: [Int64: (endpoint: EndpointID, offset: Int64)] = [:]
    private var sequences: [String: Int32] = [:]
    /// By event id.
    private var numbers: [String: Int32] = [:]
    private var ids: [Int64: String] = [:]
    private var appended = 0
    /// Noted, and perhaps not on disk.
    private var noted = 0

    init(seed: UInt64) throws {
        random = SplitMix(state: seed)
        journal = try folder.open(tuning: Self.tuning(recent: seed % 2 == 0))
        try register(Self.names)
    }

    private static func tuning(recent: Bool) -> JournalTuning {
        var tuning = JournalTuning.quiet
        tuning.watchDelay = .seconds(3600)
        if !recent { tuning.recentBytes = 0 }
        return tuning
    }

    private mutating func register(_ names: [EndpointID]) throws {
        noted = 0
        let before = models
        slots = try journal.register(endpoints: names)
        let end = journal.statistics.endOffset.rawValue
        models = Dictionary(uniqueKeysWithValues: names.map { ($0, before[$0] ?? BooksModel(start: end)) })
    }

    var difference: String {
        models.keys.sorted { $0.rawValue < $1.rawValue }
            .map { "\($0): journal \(String(describing: journal.books[$0])) model \(String(describing: models[$0]?.books))" }
            .joined(separator: "\n")
    }

    func agrees() -> Bool {
        models.allSatisfy { id, model in
            guard var books = journal.books[id] else { return false }
            // What was noted is counted once it is on disk.
            books.received += noted
            books.filtered += noted
            return books == model.books && books.unaccounted == 0
        }
    }

    mutating func step() async throws -> String {
        let operation = Int.random(in: 0..<20, using: &random)
        switch operation {
        case 0...3: try await append()
        case 4: note()
        case 5...8: try await read()
        case 9...11: settle()
        case 12: try await deadLetter()
        case 13: try rewind()
        case 14: try await reopen(killed: false)
        case 15: try await reopen(killed: true)
        case 16: try trim()
        case 17: try await redriveOrPurge()
        case 18: try limit()
        default: if Int.random(in: 0..<4, using: &random) == 0 { try reregister() }
        }
        return "operation \(operation)"
    }

    /// Reads all that waits, settles it, and looks at what is left.
    mutating func finish() async throws {
        try await reopen(killed: true)
        for (id, model) in models {
            let reader = try journal.reader(for: id)
            reader.rewind()
            let events = try await reader.read(model.waiting.count)
            reader.settle(events.offsets)
            #expect(reader.books.unaccounted == 0)
            #expect(reader.waiting == 0)
        }
        try journal.trimNow()
        #expect(journal.statistics.eventsStored == 0)
        journal.close()
    }

    // MARK: Operations

    private mutating func append() async throws {
        var batch = Events.batch("\(appended)", count: Int.random(in: 0...8, using: &random), subjects: 4, to: [])
        appended += 1
        batch.unwanted = Int.random(in: 0...2, using: &random)
        for index in batch.events.indices {
            batch.events[index].endpoints = EndpointSet(slots.values.filter { _ in Bool.random(using: &random) })
        }
        let receipt = try await journal.append(batch)
        for (index, event) in batch.events.enumerated() {
            let offset = receipt.firstOffset.rawValue + Int64(index)
            let subject = event.notification.subject ?? ""
            sequences[subject, default: 0] += 1
            #expect(receipt.sequences[index].rawValue == sequences[subject])
            numbers[event.notification.id] = sequences[subject]
            ids[offset] = event.notification.id
            for (id, slot) in slots {
                models[id]?.received += 1
                if event.endpoints.contains(slot) { models[id]?.waiting.insert(offset) } else { models[id]?.filtered += 1 }
            }
        }
        count(unwanted: batch.unwanted)
        noted = 0
    }

    private mutating func note() {
        let count = Int.random(in: 1...3, using: &random)
        journal.noteUnwanted(events: count)
        self.count(unwanted: count)
        noted += count
    }

    private mutating func count(unwanted: Int) {
        for id in models.keys {
            models[id]?.received += unwanted
            models[id]?.filtered += unwanted
        }
    }

    private mutating func anyEndpoint() -> EndpointID? {
        models.keys.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &random)
    }

    private mutating func read() async throws {
        guard let id = anyEndpoint(), let model = models[id] else { return }
        let unread = model.waiting.count - model.inHand.count
        guard unread > 0 else { return }
        let events = try await journal.reader(for: id).next(
            maximumEvents: Int.random(in: 1...6, using: &random), maximumBytes: 10_000)
        let expected = model.waiting.subtracting(model.inHand).sorted().prefix(events.count)
        #expect(events.offsets.map(\.rawValue) == Array(expected))
        for event in events {
            #expect(event.notification.id == ids[event.offset.rawValue])
            #expect(event.notification.sequence?.rawValue == numbers[event.notification.id])
            models[id]?.inHand.insert(event.offset.rawValue)
        }
    }

    private mutating func settle() {
        guard let id = anyEndpoint(), let hand = models[id]?.inHand.sorted() else { return }
        for offset in hand where Int.random(in: 0..<3, using: &random) > 0 {
            let disposition = Disposition.allCases.randomElement(using: &random) ?? .delivered
            // Twice: the second time is nothing.
            (try? journal.reader(for: id))?.settle([EventOffset(rawValue: offset)], as: disposition)
            (try? journal.reader(for: id))?.settle([EventOffset(rawValue: offset)], as: .delivered)
            models[id]?.settle(offset, as: disposition)
        }
    }

    private mutating func deadLetter() async throws {
        guard let id = anyEndpoint(), let offset = models[id]?.inHand.sorted().randomElement(using: &random) else { return }
        let before = try await journal.deadLetters.page(limit: 1000).map(\.id)
        try await journal.reader(for: id).deadLetter(
            EventOffset(rawValue: offset), reason: DeadLetterReason(condition: "c", description: "d"))
        let new = try await journal.deadLetters.page(limit: 1000).map(\.id).filter { !before.contains($0) }
        #expect(new.count == 1)
        for letter in new { letters[letter] = (id, offset) }
        models[id]?.waiting.remove(offset)
        models[id]?.inHand.remove(offset)
        models[id]?.deadLettered += 1
        noted = 0
    }

    private mutating func rewind() throws {
        guard let id = anyEndpoint() else { return }
        try journal.reader(for: id).rewind()
        models[id]?.inHand = []
    }

    private mutating func reopen(killed: Bool) async throws {
        let copy = killed ? try folder.copyAsKilled() : nil
        journal.close()
        if let copy {
            folder = copy
            // What was noted and not written is gone with the process.
            count(unwanted: -noted)
        }
        noted = 0
        journal = try folder.open(tuning: Self.tuning(recent: Bool.random(using: &random)))
        // Read apart, so that nothing of the journal itself is read yet.
        let aside = try folder.copyAsKilled()
        let probe = try aside.open(tuning: Self.tuning(recent: false))
        defer { probe.close() }
        for id in models.keys {
            models[id]?.inHand = []
            let reader = try probe.reader(for: id)
            let events = reader.waiting == 0 ? [] : try await reader.read(reader.waiting)
            let found = Set(events.offsets.map(\.rawValue))
            #expect(models[id]?.cameBack(found) == true)
        }
    }

    private mutating func trim() throws {
        try journal.trimNow()
        journal.flushNow()
        noted = 0
    }

    private mutating func redriveOrPurge() async throws {
        guard let id = letters.keys.sorted().randomElement(using: &random), let letter = letters[id] else { return }
        if Int.random(in: 0..<3, using: &random) == 0 {
            #expect(try await journal.deadLetters.purge(DeadLetterFilter(ids: [id])) == 1)
            letters[id] = nil
            return
        }
        let offset = journal.statistics.endOffset.rawValue
        let result = try await journal.deadLetters.redrive(DeadLetterFilter(ids: [id]), limit: 5)
        guard let model = models[letter.endpoint] else {
            #expect(result.withoutEndpoint == [id])
            return
        }
        #expect(result.redriven == [id])
        letters[id] = nil
        ids[offset] = ids[letter.offset]
        models[letter.endpoint]?.waiting.insert(offset)
        if letter.offset >= model.start {
            models[letter.endpoint]?.deadLettered -= 1
        } else {
            models[letter.endpoint]?.received += 1
        }
    }

    private mutating func limit() throws {
        guard let id = anyEndpoint(), let before = journal.books[id] else { return }
        let bytes = (journal.backlogs[id]?.bytes ?? 0) * Int.random(in: 0...4, using: &random) / 4
        try journal.setLimits([id: BacklogLimits(bytes: bytes, whenFull: .dropOldest)])
        try journal.setLimits([:])
        let dropped = (journal.books[id]?.dropped ?? 0) - before.dropped
        #expect(models[id]?.discard(dropped, as: .dropped).count == dropped)
        #expect((journal.backlogs[id]?.bytes ?? 0) <= bytes || models[id]?.waiting == models[id]?.inHand)
    }

    private mutating func reregister() throws {
        let names = Self.names.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
        try register(names)
    }
}
