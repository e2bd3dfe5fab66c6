import AMQP
import AMQPCodec
import Testing

@Suite(.timeLimit(.minutes(5)))
struct MessageFormatTests {
    private static let batch: UInt32 = 0x8001_3700

    /// Formats and sizes: single frame, exactly at and around a frame, many frames.
    private static let deliveries: [(UInt32, Int)] = [
        (batch, 10), (0, 10), (batch, 1000), (7, 960), (0, 970), (batch, 980), (batch, 990), (0, 20_000), (batch, 20_001), (1, 5),
    ]

    private func deliveries() -> [OutgoingDelivery] {
        Self.deliveries.enumerated().map { index, delivery in
            OutgoingDelivery(
                id: UInt64(index), bytes: ArraySlice(repeating: UInt8(index), count: delivery.1), messageFormat: delivery.0)
        }
    }

    private func check(_ received: [IncomingDelivery]) {
        #expect(received.map(\.messageFormat) == Self.deliveries.map(\.0))
        #expect(received.map(\.bytes) == deliveries().map { Array($0.bytes) })
    }

    @Test(arguments: [false, true], [UInt32(544), 1024, 65536])
    func itSurvivesTowardsTheListener(pads: Bool, maxFrameSize: UInt32) async throws {
        let peer = TestPeer()
        try await withListener(peer, .test {
            $0.maxFrameSize = maxFrameSize
            $0.padsPerformatives = pads
        }) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q") { settled.append(contentsOf: $0) }
            // Two links at once share one order of frames.
            let other = try await connection.openSender(to: "other") { _ in }
            sender.send(deliveries())
            #expect(try await other.send([UInt8](repeating: 1, count: 3000)) == .accepted)
            await settled.wait(forCount: Self.deliveries.count)
            check(peer.deliveries.elements.filter { $0.bytes != [UInt8](repeating: 1, count: 3000) })
            await connection.close()
        }
    }

    @Test(arguments: [false, true], [UInt32(544), 1024, 65536])
    func itSurvivesTowardsTheClient(pads: Bool, maxFrameSize: UInt32) async throws {
        let peer = TestPeer()
        try await withListener(peer, .test { $0.padsPerformatives = pads }) { listener in
            let connection = try await connect(.test(port: listener.port) { $0.maxFrameSize = maxFrameSize })
            let receiver = try await connection.openReceiver(from: "q")
            await peer.links.wait(forCount: 1)[0].send(deliveries())
            var received: [IncomingDelivery] = []
            for try await batch in receiver.messages {
                received += batch
                receiver.settle(batch, as: .accepted)
                if received.count == Self.deliveries.count { break }
            }
            check(received)
            await peer.settlements.wait(forCount: Self.deliveries.count)
            await connection.close()
        }
    }

    @Test func theSmallestFramesCarryItWhereItFits() async throws {
        let peer = TestPeer()
        try await withListener(peer, .test { $0.maxFrameSize = 512 }) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q") { settled.append(contentsOf: $0) }
            sender.send([
                OutgoingDelivery(id: 1, bytes: ArraySlice(repeating: 1, count: 400), messageFormat: Self.batch),
                OutgoingDelivery(id: 2, bytes: ArraySlice(repeating: 2, count: 401), messageFormat: Self.batch),
                OutgoingDelivery(id: 3, bytes: ArraySlice(repeating: 3, count: 5000)),
            ])
            let all = await settled.wait(forCount: 3).sorted { $0.id < $1.id }
            #expect(all[0].outcome == .accepted)
            if case .rejected(let condition?) = all[1].outcome {
                #expect(condition.condition == "amqp:frame-size-too-small")
            } else {
                Issue.record("\(all[1])")
            }
            #expect(all[2].outcome == .accepted)
            #expect(peer.deliveries.elements.map(\.messageFormat) == [Self.batch, 0])
            await connection.close()
        }
    }

    @Test func theSmallestFramesSurvivePadding() async throws {
        let peer = TestPeer()
        try await withListener(peer, .test { $0.padsPerformatives = true }) { listener in
            let connection = try await connect(.test(port: listener.port) { $0.maxFrameSize = 512 })
            let receiver = try await connection.openReceiver(from: "q")
            let body = ArraySlice<UInt8>(repeating: 3, count: 5000)
            await peer.links.wait(forCount: 1)[0].send([OutgoingDelivery(id: 1, bytes: body)])
            for try await batch in receiver.messages {
                #expect(batch.map(\.bytes) == [Array(body)])
                break
            }
            await connection.close()
        }
    }
}
