import MQTT
import TestSupport
import Testing

@Suite("Garbage from a broker", .timeLimit(.minutes(5)))
struct GarbageTests {
    /// Packets of every kind with a true length and random insides, before and after CONNACK.
    @Test("random packets end a connection at most, never the process", arguments: [UInt64(1), 2, 3, 4])
    func randomPackets(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let broker = try FakeBroker()
        try await withConnection(.test(port: broker.port)) { connection, recorder in
            for _ in 1...60 {
                let peer = try await broker.accept()
                _ = try await peer.read()
                if Bool.random(using: &random) {
                    try await peer.send(BrokerDialect(version: .v5).connack(sessionPresent: true))
                }
                // The client may close while these are on the way.
                for _ in 1...8 { try? await peer.send(Self.packet(&random)) }
                peer.end()
            }
            // It still works: what came of the garbage is not this test's.
            _ = try await broker.accept(.v5)
            #expect(await recorder.nextState { $0 == .subscribed } != nil)
            #expect(connection.counters.failures.values.reduce(0, +) >= 60)
        }
    }

    private static func packet(_ random: inout SplitMix64) -> Packet {
        let kind = UInt8.random(in: 0...15, using: &random) << 4
        let flags = UInt8.random(in: 0...3, using: &random) == 0 ? UInt8.random(in: 0...15, using: &random) : 2
        // Small values are more often a plausible length, count or identifier.
        let body = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            UInt8.random(in: 0...(Bool.random(using: &random) ? 8 : 255), using: &random)
        }
        return Packet(head: kind | flags, body: body)
    }
}
