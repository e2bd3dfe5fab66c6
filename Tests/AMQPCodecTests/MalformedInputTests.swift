import AMQPCodec
import TestSupport
import Testing

@Suite("Malformed AMQP input")
struct MalformedInputTests {
    /// Bytes, and what is wrong with them.
    static let faults: [(String, AMQPDecodingError)] = [
        ("", AMQPDecodingError(position: 0, problem: .truncated(needed: 1, available: 0))),
        ("99", AMQPDecodingError(position: 0, problem: .unknownFormatCode(0x99))),
        ("5602", AMQPDecodingError(position: 0, problem: .invalidBoolean(2))),
        ("730000d800", AMQPDecodingError(position: 0, problem: .invalidCharacter(0xD800))),
        ("a102c328", AMQPDecodingError(position: 0, problem: .invalidUTF8(.string))),
        ("a301ff", AMQPDecodingError(position: 0, problem: .invalidUTF8(.symbol))),
        ("4040", AMQPDecodingError(position: 1, problem: .trailingBytes(1))),
        ("b0ffffffff00", AMQPDecodingError(position: 5, problem: .truncated(needed: 0xFFFF_FFFF, available: 1))),
        ("c103014040", AMQPDecodingError(position: 0, problem: .oddMapCount(1))),
        ("c003014040", AMQPDecodingError(position: 0, problem: .sizeMismatch(.list))),
        ("c0020240", AMQPDecodingError(position: 0, problem: .sizeMismatch(.list))),
        ("c000", AMQPDecodingError(position: 0, problem: .sizeMismatch(.list))),
        ("d000000005ffffffff40", AMQPDecodingError(position: 0, problem: .sizeMismatch(.list))),
        ("f000000005ffffffff40", AMQPDecodingError(position: 9, problem: .tooManyValues(limit: 1_000_000))),
        // The element of the inner list would be a byte of the outer one.
        ("c00402c0024040", AMQPDecodingError(position: 5, problem: .truncated(needed: 2, available: 1))),
    ]

    @Test("A fault is named with its place", arguments: faults.indices)
    func fault(_ index: Int) {
        let (text, expected) = Self.faults[index]
        #expect(throws: expected) { try AMQPValue(decoding: bytes(text)) }
    }

    @Test("Nesting beyond the limit is refused, whatever it is made of")
    func depthBomb() throws {
        let limit = AMQPDecodingLimits.standard.depth
        for levels in [limit - 1, limit, limit + 1, 100_000] {
            var lists: [UInt8] = [0x45]
            // Built from the inside out; sizes as they would be.
            for _ in 0..<min(levels, 2_000) {
                let size = UInt32(lists.count + 4).bigEndian
                lists = [0xD0] + withUnsafeBytes(of: size) { Array($0) } + [0, 0, 0, 1] + lists
            }
            let described = [UInt8](repeating: 0, count: levels) + [UInt8](repeating: 0x40, count: levels + 1)
            // The innermost list is a level too.
            for (bomb, depth) in [(lists, levels + 1), (described, levels)] {
                if depth <= limit {
                    _ = try AMQPValue(decoding: bomb)
                } else {
                    #expect(throws: AMQPDecodingError.self) { try AMQPValue(decoding: bomb) }
                }
            }
        }
    }

    @Test("Arrays without bytes for their elements cannot take more than the limit")
    func arrayBomb() {
        // A list of ten arrays of 200,000 nulls each: 100 bytes that ask for two million values.
        let array = bytes("f00000000500030d4040")
        let list = [0xD0] + bytes("00000068 0000000a") + [UInt8]((0..<10).flatMap { _ in array })
        #expect(throws: AMQPDecodingError.self) { try AMQPValue(decoding: list) }
    }

    @Test("Every truncation is an error, and none a crash")
    func truncation() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(seed: seed)
        for _ in 0..<100 {
            let value = AMQPValue.random(depth: 3, using: &generator)
            var whole: [UInt8] = []
            value.encode(into: &whole)
            for count in whole.indices.prefix(2_000) {
                #expect(throws: AMQPDecodingError.self, "seed \(seed), \(count) of \(whole.count) bytes") {
                    try AMQPValue(decoding: whole[..<count])
                }
            }
        }
    }

    @Test("Garbage and damaged messages are read or refused")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("AMQP fuzz seed \(seed)")
        var generator = SplitMix64(seed: seed)
        var message: [UInt8] = []
        AMQPMessage.sample.encode(into: &message)
        var accepted = 0
        for _ in 0..<20_000 {
            var damaged = message
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: damaged.indices, using: &generator)
                damaged[index] = UInt8(truncatingIfNeeded: generator.next())
            }
            if let read = try? AMQPMessage(parsing: damaged) {
                accepted += 1
                var again: [UInt8] = []
                read.encode(into: &again)
            }
            let garbage = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                UInt8(truncatingIfNeeded: generator.next())
            }
            _ = try? AMQPMessage(parsing: garbage)
            _ = try? AMQPValue(decoding: garbage)
            var reader = AMQPReader(garbage[...])
            try? reader.skipValue()
        }
        // Most damage hits text and leaves the structure whole.
        #expect(accepted > 0 && accepted < 20_000)
    }

    @Test("Errors read as sentences")
    func descriptions() {
        let error = AMQPDecodingError(position: 3, problem: .truncated(needed: 4, available: 1))
        #expect(error.description == "AMQP data, byte 3: 4 bytes needed, 1 left")
    }
}
