import AsyncHTTPClient

/// Some requests at a time to one topic. A subject has one delivery under way at most, so that
/// requests may overtake each other and every subject's events still arrive in order.
struct EventGridSession: EndpointSession {
    /// Events of one subject in a request: a subject alone gets on, and one that has a bad event is
    /// searched soon.
    var bounds: DeliveryBounds {
        DeliveryBounds(events: 64, bytes: feed.limits.bytes * 3 / 4)
    }

    private let feed: EventGridFeed
    private let work: Task<EndpointFailure?, Never>

    init(_ feed: EventGridFeed) {
        self.feed = feed
        work = Task { await feed.run() }
    }

    func send(_ events: [OutboundEvent]) {
        feed.send(events)
    }

    func ended() async -> EndpointFailure? {
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
    }

    /// What is under way is given up: whoever wants its answers waits for them before.
    func close() async {
        work.cancel()
        _ = await work.value
        try? await feed.publisher.client.shutdown()
    }
}
