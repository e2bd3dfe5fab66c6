import Foundation
import AMQPCodec
import TestSupport
import Testing

@Suite("Proton as a foreign witness", .enabled(if: ProtonWitness.isInstalled))
struct ProtonTests {
    @Test("Proton reads every field of what we encode")
    func protonDecodes() throws {
        var bytes: [UInt8] = []
        AMQPMessage.sample.encode(into: &bytes)
        let program = """
            import sys, proton
            m = proton.Message()
            m.decode(bytes.fromhex(sys.stdin.read()))
            for v in (m.durable, m.priority, m.ttl, m.first_acquirer, m.delivery_count, m.id, bytes(m.user_id),
                      m.address, m.subject, m.reply_to, m.correlation_id, m.content_type, m.content_encoding,
                      m.expiry_time, m.creation_time, m.group_id, m.group_sequence, m.reply_to_group_id,
                      dict(m.annotations), dict(m.properties), bytes(m.body), m.inferred):
                print(v)
            """
        let output = try ProtonWitness.run(program, input: hexadecimal(bytes))
        let expected = """
            True
            5
            60.0
            True
            2
            event-1
            b'\\x01\\x02\\x03'
            hub
            subject
            answers
            00000000-0000-0001-0000-000000000002
            application/json
            utf-8
            1900000000.0
            1800000000.0
            session
            7
            session-2
            {symbol('x-opt-partition-key'): 'pump-17'}
            {'cloudEvents:id': 'event-1', 'number': -5}
            b'{"temp":21}'
            True

            """
        #expect(output == expected)
    }

    @Test("We read every field of what Proton encodes")
    func protonEncodes() throws {
        let program = """
            import proton, uuid
            from proton import symbol, ubyte, int32, timestamp, Array, UNDESCRIBED, Data
            m = proton.Message()
            m.durable = True; m.priority = 5; m.ttl = 60; m.first_acquirer = True; m.delivery_count = 2
            m.id = "event-1"; m.user_id = bytes([1, 2, 3]); m.address = "hub"; m.subject = "subject"
            m.reply_to = "answers"; m.correlation_id = uuid.UUID(int=(1 << 64) | 2)
            m.content_type = "application/json"; m.content_encoding = "utf-8"
            m.expiry_time = 1900000000; m.creation_time = 1800000000
            m.group_id = "session"; m.group_sequence = 7; m.reply_to_group_id = "session-2"
            m.instructions = {symbol("x-opt-hop"): int32(1)}
            m.annotations = {symbol("x-opt-partition-key"): "pump-17"}
            m.properties = {"cloudEvents:id": "event-1", "number": -5}
            m.inferred = True; m.body = b'{"temp":21}'
            print(m.encode().hex())
            """
        let output = try ProtonWitness.run(program, input: "")
        var expected = AMQPMessage.sample
        expected.footer = [:]
        #expect(try AMQPMessage(parsing: bytes(output)) == expected)
    }

    @Test("Random values pass through Proton unchanged")
    func randomValues() throws {
        // A seed from the log of a run that failed repeats it.
        let seed = ProcessInfo.processInfo.environment["TWINROUTE_TEST_SEED"].flatMap(UInt64.init) ?? .random(in: 0...UInt64.max)
        print("Proton round trip seed \(seed)")
        var generator = SplitMix64(seed: seed)
        let values = (0..<300).map { _ in AMQPValue.random(depth: 3, using: &generator) }.filter { !$0.nestsDescriptors }
        let lines = values.map { value in
            var bytes: [UInt8] = []
            value.encode(into: &bytes)
            return hexadecimal(bytes)
        }
        // Proton's data object decodes to a tree and encodes the tree anew.
        let program = """
            import sys
            from proton import Data
            for line in sys.stdin.read().split():
                raw = bytes.fromhex(line)
                d = Data()
                while raw:
                    raw = raw[d.decode(raw):]
                print(d.encode().hex())
            """
        let output = try ProtonWitness.run(program, input: lines.joined(separator: "\n"))
        let answers = output.split(separator: "\n")
        try #require(answers.count == values.count, "\(output.prefix(500))")
        for (index, (value, answer)) in zip(values, answers).enumerated() {
            let back = try? AMQPValue(decoding: bytes(String(answer)))
            #expect(back == value, "seed \(seed): \(lines[index]) came back as \(answer)")
        }
    }
}

extension AMQPValue {
    /// A described value as the value of another: writing the list or map around it, Proton 0.37 counts it
    /// one short, so that nobody can read it.
    fileprivate var nestsDescriptors: Bool {
        switch self {
        case .described(_, .described): true
        case .described(_, let value): value.nestsDescriptors
        case .list(let elements): elements.contains(where: \.nestsDescriptors)
        case .map(let map): map.entries.contains { $0.key.nestsDescriptors || $0.value.nestsDescriptors }
        case .array(let array): array.elements.contains(where: \.nestsDescriptors)
        default: false
        }
    }
}
