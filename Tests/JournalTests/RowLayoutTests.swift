import Notifications
import Testing

@testable import Journal

@Suite struct RowLayoutTests {
    private let slot: EndpointSlot

    init() throws {
        slot = try #require(EndpointSlot(rawValue: 5))
    }

    static func row(_ batch: JournalBatch, firstOffset: Int64 = 100) throws -> StoredRow {
        let encoded = try RowEncoder.encode(batch)
        let sequences = RowLayout.bytes(of: encoded.events.indices.map { SequenceNumber(rawValue: Int32($0 + 1)) })
        return StoredRow(
            firstOffset: firstOffset, count: encoded.count, endpoints: encoded.endpoints, kind: 0, arrivedAtMilliseconds: 7,
            headersChecksum: RowLayout.headersChecksum(
                headers: encoded.headersChecksum, sequences: sequences, firstOffset: firstOffset,
                count: encoded.count, endpoints: encoded.endpoints, kind: 0, arrivedAtMilliseconds: 7),
            bodiesChecksum: encoded.bodiesChecksum, sequences: sequences, headers: encoded.headers,
            bodies: encoded.bodies)
    }

    static func random(_ random: inout SplitMix) -> JournalBatch {
        let texts = ["", "a", "äöü", "e\u{301}", "\u{e9}", "日本語", String(repeating: "x", count: 300), "\u{0}"]
        func text() -> String { texts.randomElement(using: &random) ?? "" }
        func maybe() -> String? { Bool.random(using: &random) ? text() : nil }
        func bytes() -> [UInt8] { (0..<Int.random(in: 0..<40, using: &random)).map { UInt8($0) } }
        let arena = (0..<2000).map { UInt8(truncatingIfNeeded: $0) }
        let events = (0..<Int.random(in: 1..<40, using: &random)).map { _ in
            var notification = Notification(
                id: text(), source: text(), type: text(), subject: maybe(), time: maybe(),
                dataContentType: maybe(), dataSchema: maybe(), traceParent: maybe())
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                let values: [AttributeValue] = [
                    .string(text()), .boolean(Bool.random(using: &random)), .integer(.min), .binary(bytes()),
                    .uri(text()), .uriReference(text()), .timestamp(text()),
                ]
                notification.extensions.append(ExtensionAttribute(
                    name: text(), value: values.randomElement(using: &random) ?? .boolean(true)))
                notification.properties.append(Property(name: text(), value: maybe()))
            }
            if Bool.random(using: &random) {
                notification.messageFields = MessageFields(
                    messageID: maybe(), correlationID: Bool.random(using: &random) ? bytes() : nil,
                    userID: Bool.random(using: &random) ? bytes() : nil, contentEncoding: maybe(),
                    replyTo: maybe(), expiresAtMilliseconds: [nil, 0, -5, .max, .min].randomElement(using: &random) ?? nil)
            }
            let start = Int.random(in: 0...1900, using: &random)
            let length = Int.random(in: 0...100, using: &random)
            notification.body = Bool.random(using: &random) ? arena[start..<(start + length)] : bytes()[...]
            return PendingEvent(
                notification: notification,
                endpoints: EndpointSet(bits: [0, 1, 1 << 5, .max].randomElement(using: &random) ?? 0))
        }
        return JournalBatch(events: events, arena: arena)
    }

    @Test("every field of 500 random batches comes back byte for byte")
    func roundTrip() throws {
        var random = SplitMix(state: 11)
        for round in 0..<500 {
            let batch = Self.random(&random)
            let events = try RowDecoder.events(of: Self.row(batch), for: nil)
            #expect(events.count == batch.events.count)
            for (index, (event, pending)) in zip(events, batch.events).enumerated() {
                var expected = pending.notification
                expected.sequence = SequenceNumber(rawValue: Int32(index + 1))
                #expect(event.offset.rawValue == Int64(100 + index))
                // Strings compare by canonical equivalence; their bytes must be the same too.
                guard event.notification == expected, String(reflecting: event.notification).utf8.elementsEqual(String(reflecting: expected).utf8) else {
                    Issue.record("round \(round), event \(index): \(event.notification) is not \(expected)")
                    return
                }
            }
        }
    }

    @Test("an endpoint gets only its own events, from the asked offset on")
    func filtered() throws {
        var batch = Events.batch("e", count: 10, to: [slot])
        for index in stride(from: 0, to: 10, by: 2) { batch.events[index].endpoints = [] }
        let events = try RowDecoder.events(of: Self.row(batch), for: slot, from: 104)
        #expect(events.ids == ["e-5", "e-7", "e-9"])
        #expect(events.first?.notification.source == "factory-7.example.net")
    }

    @Test("the arena is stored as it is, and bodies outside it with the headers")
    func arena() throws {
        var batch = Events.batch("e", count: 2, to: [slot])
        batch.events[1].notification.body = [9, 9, 9]
        let row = try Self.row(batch)
        #expect(row.bodies == batch.arena)
        #expect(try RowDecoder.events(of: row, for: nil).map(\.notification.body) == [batch.arena[0..<20], [9, 9, 9]])
    }

    @Test("an arena that is mostly something else is not stored")
    func wastefulArena() throws {
        let arena = [UInt8](repeating: 7, count: 100_000)
        var batch = Events.batch("e", count: 1, to: [slot])
        batch.arena = arena
        batch.events[0].notification.body = arena[500..<600]
        let row = try Self.row(batch)
        #expect(row.bodies.isEmpty)
        #expect(try RowDecoder.events(of: row, for: nil).map(\.notification.body) == [arena[500..<600]])
    }

    @Test("a batch above the limit is refused")
    func tooLarge() {
        let batch = Events.batch("e", count: 10, bodyBytes: 100, to: [slot])
        #expect(throws: JournalError.batchTooLarge(bytes: 1000, maximum: 999)) {
            try RowEncoder.encode(batch, maximumBytes: 999)
        }
    }

    @Test("any flipped bit, cut or added byte is noticed, and nothing crashes")
    func garbage() throws {
        let whole = try Self.row(Events.batch("e", count: 5, to: [slot]))
        var random = SplitMix(state: 5)
        for _ in 0..<3000 {
            var row = whole
            let path = [\StoredRow.headers, \StoredRow.bodies, \StoredRow.sequences].randomElement(using: &random) ?? \.headers
            switch Int.random(in: 0..<3, using: &random) {
            case 0: row[keyPath: path][Int.random(in: 0..<row[keyPath: path].count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            case 1: row[keyPath: path].removeLast(Int.random(in: 1...row[keyPath: path].count, using: &random))
            default: row[keyPath: path].append(UInt8.random(in: 0...255, using: &random))
            }
            #expect(throws: RowFault.self) { try RowDecoder.events(of: row, for: nil) }
        }
    }

    @Test("bytes with a right checksum and a wrong layout are refused, not trusted")
    func sealedGarbage() throws {
        var random = SplitMix(state: 6)
        let whole = try Self.row(Events.batch("e", count: 5, to: [slot]))
        for _ in 0..<3000 {
            var row = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                row.headers[Int.random(in: 0..<row.headers.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            row.headersChecksum = RowLayout.headersChecksum(
                headers: Checksum.of(row.headers), sequences: row.sequences, firstOffset: row.firstOffset,
                count: row.count, endpoints: row.endpoints, kind: row.kind,
                arrivedAtMilliseconds: row.arrivedAtMilliseconds)
            // Either it is refused or it reads as five events; bounds hold in both.
            if let events = try? RowDecoder.events(of: row, for: nil) { #expect(events.count == 5) }
            try? RowDecoder.units(of: row) { _ in }
        }
    }
}
