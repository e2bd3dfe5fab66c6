import Testing

@testable import Azure

@Suite("Requests to a topic")
struct EventGridQueueTests {
    private func deliveries(_ sizes: [(events: Int, bytes: Int)]) -> [WrittenDelivery] {
        sizes.enumerated().map { index, size in
            WrittenDelivery(id: UInt64(index), events: size.events, bytes: [UInt8](repeating: 0x20, count: size.bytes)[...])
        }
    }

    private func requests(_ sizes: [(events: Int, bytes: Int)], events: Int = 5_000, bytes: Int) async -> [[UInt64]] {
        var limits = EventGridLimits()
        (limits.events, limits.bytes) = (events, bytes)
        let queue = EventGridQueue(limits: limits)
        queue.append(deliveries(sizes))
        var ids: [[UInt64]] = []
        while ids.reduce(0, { $0 + $1.count }) < sizes.count, let request = await queue.next() { ids.append(request.map(\.id)) }
        return ids
    }

    @Test("take as many deliveries as fit, brackets and commas counted")
    func bytes() async {
        // [ab,cd] has 7 bytes.
        #expect(await requests([(1, 2), (1, 2), (1, 2)], bytes: 7) == [[0, 1], [2]])
        #expect(await requests([(1, 2), (1, 2), (1, 2)], bytes: 6) == [[0], [1], [2]])
        #expect(await requests([(1, 2), (1, 2), (1, 2)], bytes: 10) == [[0, 1, 2]])
    }

    @Test("take no more events than the service does, and never half a delivery")
    func events() async {
        #expect(await requests([(3, 2), (2, 2), (1, 2)], events: 5, bytes: 1_000) == [[0, 1], [2]])
        #expect(await requests([(3, 2), (3, 2)], events: 5, bytes: 1_000) == [[0], [1]])
    }

    @Test("end for whoever waits")
    func closing() async {
        let queue = EventGridQueue(limits: EventGridLimits())
        async let waiting = queue.next()
        queue.close()
        #expect(await waiting == nil)
        queue.append(deliveries([(1, 1)]))
        #expect(await queue.next() == nil)
    }
}

extension WrittenDelivery: Equatable {
    public static func == (left: WrittenDelivery, right: WrittenDelivery) -> Bool {
        left.id == right.id && left.bytes == right.bytes
    }
}
