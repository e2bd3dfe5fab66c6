import AMQPCodec
import Testing

@testable import LocalNamespace

@Suite("Message queue")
struct MessageQueueTests {
    /// Tokens 1, 2, 3, … in the order they are asked for.
    private final class Tokens {
        var last: UInt64 = 0
        func next() -> AMQPUUID {
            last += 1
            return AMQPUUID(high: 0, low: last)
        }
    }

    private let tokens = Tokens()

    private func message(
        _ body: String, id: String? = nil, session: String? = nil, timeToLive: UInt32? = nil, scheduledAt: Int64? = nil
    ) throws -> QueuedMessage {
        var message = AMQPMessage(body: .data([Array(body.utf8)[...]]))
        message.properties.messageID = id.map { .string($0) }
        message.properties.groupID = session
        if let timeToLive { message.header = AMQPHeader(ttlMilliseconds: timeToLive) }
        if let scheduledAt { message.messageAnnotations = [.symbol("x-opt-scheduled-enqueue-time"): .timestamp(scheduledAt)] }
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        return try QueuedMessage(bytes[...])
    }

    private func queue(_ change: (inout QueueSettings) -> Void = { _ in }) -> MessageQueue {
        var settings = QueueSettings()
        settings.lockDuration = 1000
        settings.maxDeliveryCount = 3
        change(&settings)
        return MessageQueue(path: "q", settings: settings)
    }

    private func body(_ message: QueuedMessage) throws -> String {
        guard case .data(let parts) = try AMQPMessage(parsing: message.bytes).body else { return "" }
        return String(decoding: Array(parts.joined()), as: UTF8.self)
    }

    private func take(_ count: Int, _ queue: inout MessageQueue, session: String? = nil, at now: Milliseconds) -> [MessageQueue.Taken] {
        queue.take(count, session: session, at: now, newToken: tokens.next)
    }

    private func settle(
        _ token: AMQPUUID, _ disposition: MessageQueue.Disposition, _ queue: inout MessageQueue, at now: Milliseconds
    ) -> MessageQueue.SettlementResult {
        queue.settle(token, as: disposition, at: now)
    }

    @Test("delivers in order, and what is completed is gone")
    func complete() throws {
        var queue = queue()
        for text in ["a", "b"] { #expect(queue.enqueue(try message(text), at: 0) == .enqueued(sequence: text == "a" ? 1 : 2)) }
        let taken = take(10, &queue, at: 1)
        #expect(try taken.map { try body($0.message) } == ["a", "b"])
        #expect(taken.map { $0.lock?.until } == [1001, 1001])
        let token = try #require(taken.first?.lock?.token)
        #expect(settle(token, .complete, &queue, at: 2) == .done)
        #expect(settle(token, .complete, &queue, at: 2) == .messageLockLost)
        #expect(queue.count == 1)
        #expect(queue.bytes == queue.messages[2]?.cost)
    }

    @Test("receive-and-delete leaves nothing behind")
    func receiveAndDelete() throws {
        var queue = queue()
        _ = queue.enqueue(try message("a"), at: 0)
        #expect(queue.take(1, session: nil, at: 0, newToken: nil).count == 1)
        #expect(queue.count == 0 && queue.bytes == 0)
        #expect(queue.peek(from: 0, count: 1, session: nil, at: 0).isEmpty)
    }

    @Test("an abandoned message comes again before those behind it, until it came too often")
    func abandon() throws {
        var queue = queue()
        for text in ["a", "b"] { _ = queue.enqueue(try message(text), at: 0) }
        for count in 0..<3 {
            let taken = try #require(take(1, &queue, at: 0).first)
            #expect(try body(taken.message) == "a" && taken.message.deliveryCount == UInt32(count))
            let token = try #require(taken.lock?.token)
            #expect(settle(token, .abandon(countsDelivery: true), &queue, at: 0) == .done)
        }
        let dead = try #require(queue.deadLetters.first)
        let properties = try AMQPMessage(parsing: dead.bytes).applicationProperties
        #expect(properties["DeadLetterReason"]?.text == "MaxDeliveryCountExceeded")
        #expect(dead.deadLetterSource == "q")
        #expect(try take(1, &queue, at: 0).map { try body($0.message) } == ["b"])
        #expect(queue.count == 1)
    }

    @Test("a lock that expires gives the message back and counts a delivery; one that is renewed does not")
    func lockExpiry() throws {
        var queue = queue()
        for text in ["a", "b"] { _ = queue.enqueue(try message(text), at: 0) }
        let taken = take(2, &queue, at: 0)
        let (first, second) = (try #require(taken[0].lock?.token), try #require(taken[1].lock?.token))
        #expect(queue.renewLock(second, at: 500) == 1500)
        #expect(queue.tick(at: 1000) == true)
        #expect(settle(first, .complete, &queue, at: 1000) == .messageLockLost)
        #expect(queue.renewLock(first, at: 1000) == nil)
        #expect(settle(second, .complete, &queue, at: 1400) == .done)
        let again = try #require(take(5, &queue, at: 1400).first)
        #expect(try body(again.message) == "a" && again.message.deliveryCount == 1)
    }

    @Test("a deferred message comes by its number only")
    func deferred() throws {
        var queue = queue()
        _ = queue.enqueue(try message("a"), at: 0)
        let token = try #require(take(1, &queue, at: 0).first?.lock?.token)
        #expect(settle(token, .deferred, &queue, at: 0) == .done)
        #expect(take(1, &queue, at: 0).isEmpty)
        #expect(queue.takeDeferred([1, 2], session: nil, at: 0, newToken: tokens.next) == nil)
        let again = try #require(queue.takeDeferred([1], session: nil, at: 0, newToken: tokens.next)?.first?.lock?.token)
        #expect(settle(again, .complete, &queue, at: 0) == .done)
        #expect(queue.count == 0)
    }

    @Test("scheduled messages wait for their time and can be cancelled until then")
    func scheduled() throws {
        var queue = queue()
        for text in ["a", "b"] { _ = queue.enqueue(try message(text, scheduledAt: 5000), at: 0) }
        #expect(take(2, &queue, at: 0).isEmpty)
        #expect(queue.peek(from: 0, count: 9, session: nil, at: 0).count == 2)
        #expect(queue.cancelScheduled(2) == true)
        #expect(queue.cancelScheduled(2) == false)
        #expect(queue.nextDeadline == 5000)
        #expect(queue.tick(at: 5000) == true)
        #expect(queue.cancelScheduled(1) == false)
        #expect(try take(2, &queue, at: 5000).map { try body($0.message) } == ["a"])
    }

    @Test("a message whose time to live is over goes, or goes to the dead letters", arguments: [false, true])
    func timeToLive(deadLetters: Bool) throws {
        var queue = queue { $0.deadLettersExpired = deadLetters }
        _ = queue.enqueue(try message("a", timeToLive: 100), at: 0)
        _ = queue.enqueue(try message("b"), at: 0)
        #expect(try take(2, &queue, at: 100).map { try body($0.message) } == ["b"])
        #expect(queue.deadLetters.count == (deadLetters ? 1 : 0))
        #expect(queue.statistics.expired == 1)
    }

    @Test("the same message id within the window is taken and forgotten")
    func duplicates() throws {
        var queue = queue { $0.duplicateWindow = 1000 }
        #expect(queue.enqueue(try message("a", id: "1"), at: 0) == .enqueued(sequence: 1))
        #expect(queue.enqueue(try message("b", id: "1"), at: 999) == .duplicate)
        #expect(queue.enqueue(try message("c", id: "1"), at: 1000) == .enqueued(sequence: 2))
    }

    @Test("a full queue refuses; one made on the fly drops its oldest")
    func full() throws {
        let cost = try message("a").cost
        var declared = queue { $0.byteLimit = 2 * cost }
        #expect(try (0..<3).map { _ in declared.enqueue(try message("a"), at: 0) } == [.enqueued(sequence: 1), .enqueued(sequence: 2), .full])
        var view = queue { ($0.byteLimit, $0.dropsOldest) = (2 * cost, true) }
        for text in ["a", "b", "c"] { _ = view.enqueue(try message(text), at: 0) }
        #expect(try take(9, &view, at: 0).map { try body($0.message) } == ["b", "c"])
        #expect(view.statistics.dropped == 1)
    }

    @Test("one receiver holds a session, gets its messages in order, and loses it when its time is over")
    func sessions() throws {
        var queue = queue { $0.requiresSession = true }
        #expect(queue.enqueue(try message("x"), at: 0) == .needsSession)
        for (text, session) in [("a", "S"), ("b", "T"), ("c", "S")] { _ = queue.enqueue(try message(text, session: session), at: 0) }
        #expect(queue.acceptSession(nil, by: 1, at: 0) == .held(id: "S", until: 1000))
        #expect(queue.acceptSession("S", by: 2, at: 0) == .locked)
        #expect(queue.acceptSession(nil, by: 2, at: 0) == .held(id: "T", until: 1000))
        #expect(queue.acceptSession(nil, by: 3, at: 0) == .noneFree)
        let taken = take(9, &queue, session: "S", at: 0)
        #expect(try taken.map { try body($0.message) } == ["a", "c"])
        let (first, second) = (try #require(taken[0].lock?.token), try #require(taken[1].lock?.token))
        #expect(settle(first, .complete, &queue, at: 500) == .done)
        #expect(queue.renewSession("S", at: 900) == 1900)
        #expect(queue.tick(at: 1000) == true)
        #expect(queue.sessions.holder(of: "T", at: 1000) == nil)
        #expect(settle(second, .complete, &queue, at: 1900) == .sessionLockLost)
        #expect(queue.tick(at: 1900) == true)
        #expect(queue.acceptSession("S", by: 4, at: 1900) == .held(id: "S", until: 2900))
        #expect(try take(9, &queue, session: "S", at: 1900).map { try body($0.message) } == ["c"])
    }

    @Test("a queue turns into one with sessions without losing a message")
    func turnsIntoSessions() throws {
        var queue = queue { $0.dropsOldest = true }
        _ = queue.enqueue(try message("a", session: "S"), at: 0)
        _ = queue.enqueue(try message("b"), at: 0)
        queue.setRequiresSession(true)
        #expect(queue.acceptSession("S", by: 1, at: 0) == .held(id: "S", until: 1000))
        #expect(try take(9, &queue, session: "S", at: 0).map { try body($0.message) } == ["a"])
        #expect(try take(9, &queue, at: 0).map { try body($0.message) } == ["b"])
    }

    @Test("lock tokens are GUIDs in the byte order of .NET")
    func lockToken() {
        let token = AMQPUUID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
        #expect(LockToken.tag(token) == [
            0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
        ])
    }
}

@Suite("Sequence set")
struct SequenceSetTests {
    @Test("agrees with a sorted array under random changes")
    func random() {
        var generator = SystemRandomNumberGenerator()
        var set = SequenceSet()
        var model: Set<Int64> = []
        for _ in 0..<5000 {
            let number = Int64.random(in: 0..<500, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                set.insert(number)
                model.insert(number)
            case 2:
                set.remove(number)
                model.remove(number)
            default:
                let first = model.min()
                #expect(set.popFirst() == first)
                if let first { model.remove(first) }
            }
            #expect(set.first == model.min() && set.count == model.count)
        }
        #expect(Array(set.from(250)) == model.filter { $0 >= 250 }.sorted())
    }
}
