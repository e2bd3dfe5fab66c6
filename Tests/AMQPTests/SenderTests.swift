import AMQP
import AMQPCodec
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SenderTests {
    @Test func everyOutcomeComesBackWithItsNumber() async throws {
        let outcomes: [Outcome] = [
            .accepted, .rejected(ErrorCondition("test:bad", description: "no good", info: ["why": "because"])),
            .rejected(nil), .released, .modified(deliveryFailed: true, undeliverableHere: false),
            .modified(deliveryFailed: false, undeliverableHere: true),
        ]
        let peer = TestPeer(received: { delivery, _ in .settle(outcomes[Int(delivery.id) - 1]) })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q") { settled.append(contentsOf: $0) }
            sender.send((0..<outcomes.count).map { OutgoingDelivery(id: UInt64(100 + $0), bytes: [UInt8($0)]) })
            // Outcomes need not come in the order of the messages.
            let all = await settled.wait(forCount: outcomes.count).sorted { $0.id < $1.id }
            #expect(all == outcomes.enumerated().map { Settlement(id: UInt64(100 + $0.offset), outcome: $0.element) })
            #expect(peer.deliveries.elements.map(\.bytes) == (0..<outcomes.count).map { [UInt8($0)] })
            await sender.detach()
            await connection.close()
            #expect(await connection.closed == nil)
            #expect(await peer.closed.wait(forCount: 1) == [nil])
            #expect(peer.detached.elements == [nil])
        }
    }

    @Test func aMessageOfItsOwnHasItsOutcomeReturned() async throws {
        let peer = TestPeer(received: { delivery, _ in
            .settle(delivery.bytes == [1] ? .accepted : .rejected(ErrorCondition("test:no")))
        })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let sender = try await connection.openSender(to: "q") { _ in }
            #expect(try await sender.send([1]) == .accepted)
            #expect(try await sender.send([2]) == .rejected(ErrorCondition("test:no")))
            await connection.close()
        }
    }

    @Test func nothingIsSentWithoutCredit() async throws {
        let peer = TestPeer(requested: { _, _ in .accept(LinkSettings(credit: 0)) })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q") { settled.append(contentsOf: $0) }
            sender.send((1...5).map { OutgoingDelivery(id: $0, bytes: [UInt8($0)]) })
            let link = await peer.links.wait(forCount: 1)[0]
            link.grant(2)
            await settled.wait(forCount: 2)
            #expect(peer.deliveries.elements.count == 2)
            link.grant(3)
            await settled.wait(forCount: 5)
            #expect(peer.deliveries.elements.map(\.bytes) == (1...5).map { [UInt8($0)] })
            await connection.close()
        }
    }

    @Test func drainTakesTheUnusedCreditBack() async throws {
        let peer = TestPeer(requested: { _, _ in .accept(LinkSettings(credit: 0)) })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q") { settled.append(contentsOf: $0) }
            let link = await peer.links.wait(forCount: 1)[0]
            link.drain(10)
            // The round trip of a second link shows that the flow has arrived and was answered.
            _ = try await connection.openSender(to: "other") { _ in }
            sender.send([OutgoingDelivery(id: 1, bytes: [1])])
            _ = try await connection.openSender(to: "another") { _ in }
            #expect(settled.elements.isEmpty)
            link.grant(1)
            await settled.wait(forCount: 1)
            await connection.close()
        }
    }

    @Test func theLinksEndHasTheCondition() async throws {
        let condition = ErrorCondition("amqp:link:detach-forced", description: "idle", info: ["n": .long(7)])
        let peer = TestPeer(received: { _, link in
            link.detach(condition)
            return .later
        })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let sender = try await connection.openSender(to: "q") { _ in }
            await #expect(throws: AMQPError.linkDetached(condition)) { try await sender.send([1]) }
            #expect(await sender.ended == .linkDetached(condition))
            // The connection lives on.
            let second = try await connection.openSender(to: "q") { _ in }
            await second.detach()
            await connection.close()
        }
    }

    @Test func aRefusedLinkSaysWhy() async throws {
        let condition = ErrorCondition("amqp:not-found", description: "no such entity")
        let peer = TestPeer(requested: { _, _ in .refuse(condition) })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            await #expect(throws: AMQPError.linkRefused(address: "q", condition)) {
                try await connection.openSender(to: "q") { _ in }
            }
            await #expect(throws: AMQPError.linkRefused(address: "r", condition)) {
                try await connection.openReceiver(from: "r")
            }
            await connection.close()
        }
    }

    @Test func aMessageAboveTheLimitIsRejectedUnsent() async throws {
        let peer = TestPeer(requested: { _, _ in .accept(LinkSettings(maxMessageSize: 100)) })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q") { settled.append(contentsOf: $0) }
            #expect(sender.maxMessageSize == 100)
            sender.send([
                OutgoingDelivery(id: 1, bytes: ArraySlice(repeating: 0, count: 101)),
                OutgoingDelivery(id: 2, bytes: ArraySlice(repeating: 0, count: 100)),
            ])
            let all = await settled.wait(forCount: 2)
            #expect(all.map(\.id) == [1, 2])
            guard case .rejected(let condition?) = all[0].outcome else {
                Issue.record("\(all[0])")
                return
            }
            #expect(condition.condition == "amqp:link:message-size-exceeded")
            #expect(all[1].outcome == .accepted)
            #expect(peer.deliveries.elements.count == 1)
            await connection.close()
        }
    }

    @Test func settledMessagesCountAsAccepted() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q", options: SenderOptions(settleMode: .settled)) {
                settled.append(contentsOf: $0)
            }
            sender.send([OutgoingDelivery(id: 9, bytes: [1, 2])])
            #expect(await settled.wait(forCount: 1) == [Settlement(id: 9, outcome: .accepted)])
            #expect(await peer.deliveries.wait(forCount: 1)[0].settled)
            await connection.close()
        }
    }

    @Test func aMegabyteArrivesWhole() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port) { $0.maxFrameSize = 4096 })
            let sender = try await connection.openSender(to: "q") { _ in }
            let body = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            #expect(try await sender.send(body) == .accepted)
            #expect(peer.deliveries.elements.map(\.bytes) == [body])
            await connection.close()
        }
    }

    @Test func aHundredThousandMessagesArriveInOrder() async throws {
        let count = 100_000
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let settled = Recorder<Settlement>()
            let sender = try await connection.openSender(to: "q") { settled.append(contentsOf: $0) }
            var next = 0
            while next < count {
                // At most 5,000 unsettled: the queue stays bounded.
                sender.send((next..<next + 1000).map { number in
                    OutgoingDelivery(id: UInt64(number), bytes: withUnsafeBytes(of: UInt64(number)) { Array($0) }[...])
                })
                next += 1000
                let bound = next - 4000
                await settled.wait { $0.count >= bound }
            }
            // Outcomes need not come in the order of the messages.
            let all = await settled.wait(forCount: count).sorted { $0.id < $1.id }
            #expect(all == (0..<count).map { Settlement(id: UInt64($0), outcome: .accepted) })
            let numbers = peer.deliveries.elements.map { $0.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } }
            #expect(numbers == (0..<UInt64(count)).map { $0 })
            await connection.close()
        }
    }
}
