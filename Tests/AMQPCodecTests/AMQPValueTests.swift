import AMQPCodec
import TestSupport
import Testing

@Suite("AMQP values")
struct AMQPValueTests {
    private func encoded(_ value: AMQPValue) -> [UInt8] {
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        return bytes
    }

    /// Value, and the narrowest encoding that the specification has for it (part 1, section 1.6).
    static let encodings: [(AMQPValue, String)] = [
        (.null, "40"),
        (.boolean(true), "41"), (.boolean(false), "42"),
        (.ubyte(0), "5000"), (.ubyte(255), "50ff"),
        (.ushort(0x1234), "601234"),
        (.uint(0), "43"), (.uint(1), "5201"), (.uint(255), "52ff"), (.uint(256), "7000000100"),
        (.uint(.max), "70ffffffff"),
        (.ulong(0), "44"), (.ulong(255), "53ff"), (.ulong(256), "800000000000000100"),
        (.byte(-1), "51ff"), (.short(-2), "61fffe"),
        (.int(127), "547f"), (.int(-128), "5480"), (.int(128), "7100000080"), (.int(-129), "71ffffff7f"),
        (.long(127), "557f"), (.long(-128), "5580"), (.long(128), "810000000000000080"),
        (.float(1), "723f800000"), (.double(1), "823ff0000000000000"),
        (.decimal32(1), "7400000001"), (.decimal64(2), "840000000000000002"),
        (.decimal128(high: 1, low: 2), "9400000000000000010000000000000002"),
        (.char("A"), "7300000041"), (.char("\u{10FFFF}"), "730010ffff"),
        (.timestamp(-1), "83ffffffffffffffff"),
        (.uuid(AMQPUUID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F)), "98000102030405060708090a0b0c0d0e0f"),
        (.binary([]), "a000"), (.binary([1, 2]), "a0020102"),
        (.string(""), "a100"), (.string("é"), "a102c3a9"), (.symbol("ab"), "a3026162"),
        (.list([]), "45"), (.list([.null]), "c0020140"), (.list([.uint(0), .list([])]), "c003024345"),
        (.map([:]), "c10100"), (.map([.symbol("a"): .uint(1)]), "c10602a301615201"),
        (.array(.symbols(["a", "bc"])), "e00702a301610262 63"),
        (.described(descriptor: .ulong(0x24), value: .list([])), "00532445"),
    ]

    @Test("Each type has the narrowest encoding of the specification", arguments: encodings.indices)
    func narrowest(_ index: Int) throws {
        let (value, text) = Self.encodings[index]
        #expect(hexadecimal(encoded(value)) == hexadecimal(bytes(text)))
        #expect(try AMQPValue(decoding: bytes(text)) == value)
        #expect(value.encodedSize == bytes(text).count)
    }

    /// Encodings that others may choose, and the value they mean.
    static let wideEncodings: [(String, AMQPValue)] = [
        ("5601", .boolean(true)), ("5600", .boolean(false)),
        ("7000000000", .uint(0)), ("5200", .uint(0)), ("800000000000000000", .ulong(0)), ("5300", .ulong(0)),
        ("71ffffffff", .int(-1)), ("81ffffffffffffffff", .long(-1)),
        ("b0000000020102", .binary([1, 2])), ("b100000001 61", .string("a")), ("b300000001 61", .symbol("a")),
        ("c00100", .list([])), ("d00000000400000000", .list([])), ("d0000000050000000140", .list([.null])),
        ("d10000000900000002a301615201", .map([.symbol("a"): .uint(1)])),
        ("f00000000700000002520102", .array(AMQPArray(of: .uint, [.uint(1), .uint(2)]) ?? .symbols([]))),
        ("e0020340", .array(AMQPArray(of: .null, [.null, .null, .null]) ?? .symbols([]))),
        ("e0020245", .array(AMQPArray(of: .list, [.list([]), .list([])]) ?? .symbols([]))),
        ("e0080100a30164a30178", .array(AMQPArray(of: .symbol, descriptor: .symbol("d"), [.symbol("x")]) ?? .symbols([]))),
        ("00a30161 40", .described(descriptor: .symbol("a"), value: .null)),
    ]

    @Test("Every other encoding is read too", arguments: wideEncodings.indices)
    func wide(_ index: Int) throws {
        let (text, value) = Self.wideEncodings[index]
        #expect(try AMQPValue(decoding: bytes(text)) == value)
    }

    @Test("Lengths around one byte", arguments: [0, 1, 253, 254, 255, 256, 65_536])
    func boundaryLengths(_ count: Int) throws {
        let values: [AMQPValue] = [
            .string(String(repeating: "s", count: count)),
            .symbol(String(repeating: "s", count: count)),
            .binary([UInt8](repeating: 7, count: count)),
            .list([AMQPValue](repeating: .null, count: count)),
            .array(AMQPArray(of: .ubyte, [AMQPValue](repeating: .ubyte(1), count: count)) ?? .symbols([])),
            .array(.symbols(["", String(repeating: "s", count: count)])),
        ]
        for value in values {
            let bytes = encoded(value)
            #expect(bytes.count == value.encodedSize)
            #expect(try AMQPValue(decoding: bytes) == value)
        }
        #expect(encoded(values[0])[0] == (count <= 255 ? 0xA1 : 0xB1))
        #expect(encoded(values[3])[0] == (count == 0 ? 0x45 : count < 255 ? 0xC0 : 0xD0))
    }

    @Test("Random values come back as they were")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(seed: seed)
        for _ in 0..<3_000 {
            let value = AMQPValue.random(depth: 4, using: &generator)
            let bytes = encoded(value)
            try #require(bytes.count == value.encodedSize, "seed \(seed)")
            try #require(try AMQPValue(decoding: bytes) == value, "seed \(seed)")
            var reader = AMQPReader(bytes[...])
            try reader.skipValue()
            try #require(reader.isAtEnd, "seed \(seed): skipped \(reader.position) of \(bytes.count)")
        }
    }

    @Test("An array takes elements of its type only")
    func arrayElements() {
        #expect(AMQPArray(of: .uint, [.uint(1), .ulong(1)]) == nil)
        #expect(AMQPArray(of: .described, []) == nil)
    }

    @Test("A map finds strings and symbols by their text")
    func mapLookup() {
        let map: AMQPMap = [.symbol("a"): .uint(1), .string("b"): .uint(2)]
        #expect(map["a"] == .uint(1))
        #expect(map["b"] == .uint(2))
        #expect(map[AMQPValue.string("a")] == nil)
    }

    @Test("A UUID reads as one")
    func uuidText() {
        let uuid = AMQPUUID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F)
        #expect(uuid.description == "00010203-0405-0607-0809-0a0b0c0d0e0f")
    }
}
