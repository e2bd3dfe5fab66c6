import AMQPCodec
import Testing

extension AMQPMessage {
    /// A message with every section and every field filled in.
    static var sample: AMQPMessage {
        var properties = AMQPProperties()
        properties.messageID = .string("event-1")
        properties.userID = [1, 2, 3]
        properties.to = "hub"
        properties.subject = "subject"
        properties.replyTo = "answers"
        properties.correlationID = .uuid(AMQPUUID(high: 1, low: 2))
        properties.contentType = "application/json"
        properties.contentEncoding = "utf-8"
        properties.absoluteExpiryTime = 1_900_000_000_000
        properties.creationTime = 1_800_000_000_000
        properties.groupID = "session"
        properties.groupSequence = 7
        properties.replyToGroupID = "session-2"
        return AMQPMessage(
            header: AMQPHeader(durable: true, priority: 5, ttlMilliseconds: 60_000, firstAcquirer: true, deliveryCount: 2),
            deliveryAnnotations: [.symbol("x-opt-hop"): .int(1)],
            messageAnnotations: [.symbol("x-opt-partition-key"): .string("pump-17")],
            properties: properties,
            applicationProperties: ["cloudEvents:id": "event-1", "number": .long(-5)],
            body: .data([Array(#"{"temp":21}"#.utf8)[...]]),
            footer: [.symbol("x-opt-sum"): .uint(9)])
    }
}

@Suite("AMQP messages")
struct AMQPMessageTests {
    private func encoded(_ message: AMQPMessage) -> [UInt8] {
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        return bytes
    }

    @Test("A message with everything comes back as it was")
    func everything() throws {
        let bytes = encoded(.sample)
        #expect(try AMQPMessage(parsing: bytes) == .sample)
        // Also from the middle of other bytes: positions and slices are the slice's own.
        let padded = [9, 9, 9] + bytes + [9]
        #expect(try AMQPMessage(parsing: padded[3..<padded.count - 1]) == .sample)
    }

    @Test("All three kinds of body, once and several times")
    func bodies() throws {
        let bodies: [AMQPMessage.Body] = [
            .data([]), .data([[]]), .data([[1, 2], [], [3]]),
            .sequence([[.uint(1)], []]), .value(.null), .value(.string("text")), .value(.map([:])),
        ]
        for body in bodies {
            let message = AMQPMessage(body: body)
            #expect(try AMQPMessage(parsing: encoded(message)) == message)
        }
    }

    @Test("An empty message takes no bytes, and no bytes are an empty message")
    func empty() throws {
        #expect(encoded(AMQPMessage()).isEmpty)
        #expect(try AMQPMessage(parsing: []) == AMQPMessage())
    }

    @Test("Sections may be described by symbols, maps may be null, lists may end early")
    func lenient() throws {
        let header = "00a310" + hexadecimal("amqp:header:list".utf8) + "c0020141"
        let annotations = "00a31c" + hexadecimal("amqp:message-annotations:map".utf8) + "40"
        let message = try AMQPMessage(parsing: bytes(header + annotations))
        #expect(message.header == AMQPHeader(durable: true))
        #expect(message.messageAnnotations.isEmpty)
    }

    @Test("Text fields take strings and symbols alike")
    func textFields() throws {
        // content-type as a string, to as a symbol.
        let list: AMQPValue = .list([.null, .string("u"), .symbol("to"), .null, .null, .null, .string("text/plain")])
        var bytes: [UInt8] = []
        AMQPValue.described(descriptor: .ulong(0x73), value: list).encode(into: &bytes)
        let properties = try AMQPMessage(parsing: bytes).properties
        #expect(properties.contentType == "text/plain")
        #expect(properties.to == "to")
        #expect(properties.userID == Array("u".utf8))
    }

    @Test("Sections out of order, unknown, doubled or mixed are refused", arguments: [
        "00537345 00537045",  // properties before header
        "00537045 00537045",  // header twice
        "005375a000 005377 40",  // data and value
        "00537740 00537740",  // two values
        "00537645 005375a000",  // sequence, then data
        "00536040",  // unknown number
        "00a3016140",  // unknown symbol
        "40",  // no descriptor
        "005373a000",  // properties are no list
        "00537240 0053 7241",  // annotations twice
        "005375a100",  // data is no binary
        "005376a000",  // a sequence is no list
        "005370c0030150 01",  // durable is no boolean
    ])
    func refused(_ text: String) {
        #expect(throws: AMQPDecodingError.self) { try AMQPMessage(parsing: bytes(text)) }
    }

    @Test("A wrong type names the field")
    func wrongType() {
        let expected = AMQPDecodingError(position: 3, problem: .wrongType(field: "durable", found: .ubyte))
        #expect(throws: expected) { try AMQPMessage(parsing: bytes("005370c003015001")) }
    }

    @Test("Data sections are slices of the input")
    func noCopy() throws {
        let bytes = encoded(AMQPMessage(body: .data([[1, 2, 3]])))
        guard case .data(let slices) = try AMQPMessage(parsing: bytes).body else {
            Issue.record("no data")
            return
        }
        #expect(slices.first?.startIndex == 5)
    }

    @Test("Truncation at each byte is refused, except between sections")
    func truncation() throws {
        let whole = encoded(.sample)
        var accepted: [Int] = []
        for count in whole.indices where (try? AMQPMessage(parsing: whole[..<count])) != nil {
            accepted.append(count)
        }
        #expect(accepted.count == 7)
    }
}
