import AMQP
import AMQPCodec
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ReceiverTests {
    private func deliveries(_ count: Int) -> [OutgoingDelivery] {
        (0..<count).map { OutgoingDelivery(id: UInt64($0), bytes: withUnsafeBytes(of: UInt32($0)) { Array($0) }[...]) }
    }

    private func number(_ delivery: IncomingDelivery) -> UInt32 {
        delivery.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
    }

    @Test func messagesComeInOrderAndSettleAsTold() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let receiver = try await connection.openReceiver(from: "q", options: ReceiverOptions(credit: 50))
            let count = 1000
            await peer.links.wait(forCount: 1)[0].send(deliveries(count))
            var seen: [UInt32] = []
            for try await batch in receiver.messages {
                #expect(batch.count <= 50)
                seen += batch.map(number)
                receiver.settle(batch.filter { number($0) % 2 == 0 }, as: .accepted)
                receiver.settle(batch.filter { number($0) % 2 == 1 }, as: .modified(deliveryFailed: true, undeliverableHere: false))
                if seen.count == count { break }
            }
            #expect(seen == (0..<UInt32(count)).map { $0 })
            let settled = await peer.settlements.wait(forCount: count)
            for settlement in settled {
                #expect(settlement.outcome == (settlement.id % 2 == 0
                    ? .accepted : .modified(deliveryFailed: true, undeliverableHere: false)))
            }
            #expect(Set(settled.map(\.id)).count == count)
            await receiver.detach()
            #expect(await receiver.ended == nil)
            await connection.close()
        }
    }

    @Test func whatIsNotTakenIsNotSent() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let receiver = try await connection.openReceiver(
                from: "q", options: ReceiverOptions(credit: 10, settleMode: .settled))
            let link = await peer.links.wait(forCount: 1)[0]
            link.send(deliveries(100))
            await peer.settlements.wait(forCount: 10)
            // The round trip of another link: had there been credit, more would have gone.
            _ = try await connection.openSender(to: "other") { _ in }
            #expect(peer.settlements.elements.count == 10)
            var taken = 0
            for try await batch in receiver.messages {
                taken += batch.count
                if taken == 100 { break }
            }
            await connection.close()
        }
    }

    @Test func filtersAndPropertiesReachTheListener() async throws {
        let peer = TestPeer(requested: { request, _ in
            .accept(LinkSettings(properties: ["answer": .long(42)], filters: request.filters))
        })
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let selector = "apache.org:selector-filter:string"
            let filters: AMQPMap = [
                .symbol(selector): .described(descriptor: .symbol(selector), value: "amqp.annotation.x-opt-offset > '-1'")
            ]
            let receiver = try await connection.openReceiver(from: "hub/ConsumerGroups/$Default/Partitions/0", options: ReceiverOptions(
                name: "mine", targetAddress: "here", settleMode: .unsettled, receiverSettleMode: .second, filters: filters,
                properties: [.symbol("com.microsoft:epoch"): .long(3)], sourceCapabilities: ["one", "two"]))
            let request = peer.requests.elements[0]
            #expect(request.role == .sending)
            #expect(request.name == "mine")
            #expect(request.address == "hub/ConsumerGroups/$Default/Partitions/0")
            #expect(request.targetAddress == "here")
            #expect(request.filters == filters)
            #expect(request.properties == [.symbol("com.microsoft:epoch"): .long(3)])
            #expect(request.capabilities == ["one", "two"])
            #expect(request.receiverSettleMode == .second)
            await receiver.detach()
            await connection.close()
        }
    }

    @Test func theEndOfTheConnectionEndsTheSequence() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let receiver = try await connection.openReceiver(from: "q")
            let condition = ErrorCondition("amqp:connection:forced", description: "upgrade")
            await peer.connections.wait(forCount: 1)[0].close(condition)
            await #expect(throws: AMQPError.connectionClosed(condition)) {
                for try await _ in receiver.messages {}
            }
            #expect(await connection.closed == .connectionClosed(condition))
        }
    }

    @Test func aCancelledTaskStopsWaiting() async throws {
        let peer = TestPeer()
        try await withListener(peer) { listener in
            let connection = try await connect(.test(port: listener.port))
            let receiver = try await connection.openReceiver(from: "q")
            let task = Task {
                for try await _ in receiver.messages {}
            }
            task.cancel()
            try await task.value
            await connection.close()
        }
    }

    @Test func customTagsArriveAndUnsettledModeEchoes() async throws {
        let peer = TestPeer()
        try await withListener(peer, .test { $0.padsPerformatives = true }) { listener in
            let connection = try await connect(.test(port: listener.port))
            let receiver = try await connection.openReceiver(
                from: "q", options: ReceiverOptions(receiverSettleMode: .second))
            let tag = (0..<16).map { UInt8($0) }
            await peer.links.wait(forCount: 1)[0].send([OutgoingDelivery(id: 5, bytes: [1], tag: tag)])
            for try await batch in receiver.messages {
                #expect(batch.map(\.tag) == [tag])
                receiver.settle(batch, as: .accepted)
                break
            }
            #expect(await peer.settlements.wait(forCount: 1) == [Settlement(id: 5, outcome: .accepted)])
            await connection.close()
        }
    }

}
