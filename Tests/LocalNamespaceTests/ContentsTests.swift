import AMQPCodec
import Foundation
import Logging
import NIOEmbedded
import Testing

@testable import LocalNamespace

/// A folder that goes with the test.
private final class Folder {
    let path = FileManager.default.temporaryDirectory.path + "/contents-\(UInt64.random(in: 0...UInt64.max))"
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Contents on disk")
struct ContentsTests {
    private let folder = Folder()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private var alarm: Alarm { Alarm(eventLoop: EmbeddedEventLoop()) { 1000 } }

    private func open() throws -> ContentsStore { try ContentsStore(folder: folder.path, logger: logger) }

    private func publication(_ texts: [String]) throws -> Publication {
        var bytes: [UInt8] = []
        AMQPMessage(body: .data(texts.map { Array($0.utf8)[...] })).encode(into: &bytes)
        return try Publication(bytes, format: Publication.batchFormat)
    }

    private func message() -> [UInt8] {
        var bytes: [UInt8] = []
        AMQPMessage(body: .data([Array("x".utf8)[...]])).encode(into: &bytes)
        return bytes
    }

    private func registry(_ storage: ContentsStore, _ declared: [EntityDefinition] = [], byteLimit: Int = 1 << 20) throws -> EntityRegistry {
        try EntityRegistry(
            declared: declared, makesOnTheFly: true, defaults: EntityDefaults(partitions: 1, byteLimit: byteLimit),
            alarm: alarm, storage: storage)
    }

    @Test("events that a limit pushed out are gone from the file, and their numbers are not used again")
    func bounded() throws {
        do {
            let storage = try open()
            let hub = try #require(try registry(storage, byteLimit: 1000).entity("h").hub)
            for _ in 0..<5 { try hub.publish(publication(["0123456789", "0123456789", "0123456789"]), to: 0, at: 5) }
            #expect(hub.partitions[0].firstSequence == 6)
            storage.close()
        }
        let storage = try open()
        let hub = try #require(try registry(storage).existing("H")?.hub)
        #expect((hub.partitions[0].firstSequence, hub.partitions[0].nextSequence) == (6, 15))
        #expect(hub.partitions[0].nextOffset == 15 * 106)
        #expect(hub.partitions[0].last?.offset == Int64(1484))
        #expect(hub.partitions[0].bytes == 9 * 106)
        storage.close()
    }

    @Test("a smaller limit lets the oldest go at the start")
    func smallerLimit() throws {
        do {
            let storage = try open()
            let hub = try #require(try registry(storage).entity("h").hub)
            try hub.publish(publication(Array(repeating: "0123456789", count: 9)), to: 0, at: 5)
            storage.close()
        }
        for _ in 0..<2 {
            let storage = try open()
            let hub = try #require(try registry(storage, byteLimit: 300).existing("h")?.hub)
            #expect(hub.partitions[0].firstSequence == 7)
            storage.close()
        }
    }

    @Test("delivery counts, times, session states and the next number come back")
    func queue() throws {
        let bytes = message()
        do {
            let storage = try open()
            let queue = try registry(storage).entity("q").queueView()
            _ = queue.enqueue(try (0..<3).map { _ in try QueuedMessage(bytes[...]) })
            var scheduled = try QueuedMessage(bytes[...])
            scheduled.scheduledAt = 5000
            _ = queue.enqueue([scheduled])
            let tokens = queue.change { $0.take(2, session: nil, at: 1000) { LockToken.random() } }.compactMap(\.lock?.token)
            _ = queue.change { $0.settle(tokens[0], as: .abandon(countsDelivery: true), at: 1001) }
            queue.change { $0.sessions.setState([1, 2], of: "s") }
            queue.change { $0.sessions.setState([3], of: "t") }
            queue.change { $0.sessions.setState(nil, of: "t") }
            storage.close()
        }
        let storage = try open()
        let queue = try #require(try registry(storage).existing("q")?.queue)
        #expect(queue.state.peek(from: 0, count: 9, session: nil, at: 1000).map(\.deliveryCount) == [1, 0, 0, 0])
        #expect(queue.state.messages[4]?.state == .scheduled(at: 5000))
        #expect(queue.state.nextDeadline == 5000)
        #expect(queue.state.availableCount == 3)
        #expect(queue.state.bytes == 4 * (bytes.count + QueuedMessage.overheadBytes))
        #expect(queue.state.sessions.state(of: "s") == [1, 2])
        #expect(queue.state.sessions.state(of: "t") == nil)
        #expect(queue.enqueue([try QueuedMessage(bytes[...])]) == [.enqueued(sequence: 5)])
        queue.stop()
        storage.close()
    }

    @Test("what cannot be written is refused")
    func full() throws {
        let storage = try open()
        let entity = try registry(storage).entity("e")
        let queue = try entity.queueView()
        storage.close()
        #expect(throws: Refusal.self) { try entity.publish(publication(["x"]), to: nil) }
        _ = queue.enqueue([try QueuedMessage(message()[...])])
        #expect(throws: Refusal.self) { try queue.checkSaved() }
    }

    @Test("a hub that is declared with other partitions than it has is not opened")
    func otherPartitions() throws {
        let storage = try open()
        _ = try registry(storage).entity("h")
        let settings = EventHub.Settings(partitions: 2, consumerGroups: nil, byteLimit: 1000, retention: nil)
        #expect {
            try registry(storage, [EntityDefinition(name: "h", kind: .hub(settings))])
        } throws: { "\($0)".contains("1 partitions here, not 2") }
        storage.close()
    }
}
