import Testing

@testable import LocalNamespace

@Suite("Partition")
struct PartitionTests {
    private func filled(_ count: Int, byteLimit: Int = 1 << 20, retention: Milliseconds? = nil) -> Partition {
        var partition = Partition(byteLimit: byteLimit, retention: retention)
        for number in 0..<count {
            partition.append([UInt8](repeating: UInt8(number % 256), count: 100)[...], at: 1000 + Milliseconds(number) * 10)
        }
        return partition
    }

    @Test("keeps events in order under numbers and offsets that count up")
    func order() throws {
        let partition = filled(3)
        #expect(try #require(partition.event(atOrAfter: 1)).bytes.first == 1)
        #expect(partition.event(atOrAfter: 3) == nil)
        #expect((0..<3).compactMap { partition.event(atOrAfter: $0)?.offset } == [0, 196, 392])
        #expect(partition.last?.sequence == 2)
    }

    @Test("drops and counts the oldest at its limit, and a reader goes on with the oldest that is left")
    func bounded() throws {
        let partition = filled(5000, byteLimit: 10 * (100 + Partition.overheadBytes))
        #expect(partition.count == 10)
        #expect(partition.expired == 4990)
        #expect(partition.bytes <= partition.byteLimit)
        #expect(try #require(partition.event(atOrAfter: 0)).sequence == 4990)
        #expect(partition.firstSequence == 4990)
    }

    @Test("keeps the newest event even if it alone is over the limit")
    func oneLargeEvent() {
        #expect(filled(2, byteLimit: 10).event(atOrAfter: 0)?.sequence == 1)
    }

    @Test("lets events go that are too old, and numbers go on")
    func retention() {
        var partition = filled(10, retention: 50)
        partition.trim(at: 1100)
        #expect(partition.firstSequence == 5)
        partition.trim(at: 99_999)
        #expect(partition.isEmpty && partition.firstSequence == 10 && partition.last?.sequence == 9)
    }

    @Test("finds where a reader begins", arguments: [
        (StartPosition.beginning, Int64(0)), (.end, 10), (.sequence(4, inclusive: false), 5), (.sequence(4, inclusive: true), 4),
        (.offset(196, inclusive: false), 2), (.offset(196, inclusive: true), 1), (.offset(197, inclusive: true), 2),
        (.time(1050, inclusive: false), 6), (.time(1050, inclusive: true), 5), (.time(0, inclusive: false), 0),
        (.time(99_999, inclusive: true), 10), (.offset(1 << 40, inclusive: false), 10),
    ])
    func starts(position: StartPosition, sequence: Int64) {
        #expect(filled(10).firstSequence(for: position) == sequence)
    }

    @Test("an event is never older than the one before it, whatever the clock does")
    func clockSetBack() {
        var partition = Partition(byteLimit: 1 << 20)
        partition.append([1], at: 1000)
        partition.append([2], at: 500)
        #expect(partition.last?.enqueuedAt == 1000)
    }
}

@Suite("Start position")
struct StartPositionTests {
    @Test("reads the selectors of the official clients", arguments: [
        ("amqp.annotation.x-opt-offset > '-1'", StartPosition.beginning),
        ("amqp.annotation.x-opt-offset > '@latest'", .end),
        ("amqp.annotation.x-opt-offset >= '@latest'", .end),
        ("amqp.annotation.x-opt-offset > '4711'", .offset(4711, inclusive: false)),
        (" amqp.annotation.x-opt-offset>='4711' ", .offset(4711, inclusive: true)),
        ("amqp.annotation.x-opt-sequence-number > '5'", .sequence(5, inclusive: false)),
        ("amqp.annotation.x-opt-enqueued-time > '1700000000000'", .time(1_700_000_000_000, inclusive: false)),
    ])
    func reads(text: String, position: StartPosition) {
        #expect(StartPosition(selector: text) == position)
    }

    @Test("refuses what it does not know", arguments: ["", ">", "x > '1'", "amqp.annotation.x-opt-offset < '1'", "amqp.annotation.x-opt-offset > 'x'"])
    func refuses(text: String) {
        #expect(StartPosition(selector: text) == nil)
    }
}

@Suite("Readers of a partition")
struct ReaderTableTests {
    @Test("a higher or equal owner level takes over, a lower one is refused")
    func levels() {
        var table = ReaderTable()
        #expect(table.admit(1, level: 5) == .accepted(stolen: []))
        #expect(table.admit(2, level: 4) == .stolen(by: 5))
        #expect(table.admit(3, level: nil) == .stolen(by: 5))
        #expect(table.admit(4, level: 5) == .accepted(stolen: [1]))
        table.leave(4)
        #expect(table.isEmpty)
    }

    @Test("five readers without a level share a partition until one with a level comes")
    func shared() {
        var table = ReaderTable()
        for reader in 1...5 { #expect(table.admit(reader, level: nil) == .accepted(stolen: [])) }
        #expect(table.admit(6, level: nil) == .tooMany)
        #expect(table.admit(7, level: 0) == .accepted(stolen: [1, 2, 3, 4, 5]))
    }
}
