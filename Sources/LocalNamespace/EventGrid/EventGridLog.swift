import Foundation
import NIOCore

/// What came to the Event Grid topics, bounded; the oldest go.
final class EventGridLog {
    struct Entry {
        var number: Int
        var topic: String
        var json: [UInt8]
    }

    private let byteLimit: Int
    private var entries: ArraySlice<Entry> = []
    private var bytes = 0
    private(set) var lastNumber = 0
    private var waiting: [EventLoopPromise<Void>] = []

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// - Parameter event: its JSON.
    func append(_ event: [UInt8], topic: String) {
        lastNumber += 1
        entries.append(Entry(number: lastNumber, topic: topic, json: event))
        bytes += event.count + 128
        while bytes > byteLimit, entries.count > 1 { bytes -= entries.removeFirst().json.count + 128 }
        if entries.startIndex > 1024, entries.startIndex > entries.count { entries = ArraySlice(Array(entries)) }
        let woken = waiting
        waiting = []
        for promise in woken { promise.succeed(()) }
    }

    func after(_ number: Int, limit: Int) -> [Entry] {
        guard let first = entries.first else { return [] }
        let skipped = max(0, number + 1 - first.number)
        return Array(entries.dropFirst(skipped).prefix(limit))
    }

    /// Done when the next event comes, or after the limit.
    func next(within limit: TimeAmount, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        waiting.append(promise)
        let alarm = eventLoop.scheduleTask(in: limit) { promise.succeed(()) }
        return promise.futureResult.map { alarm.cancel() }
    }
}
