/// Whether a connection has ever had its subscriptions answered, for one who waits for it.
struct FirstSubscription: Sendable {
    private let stream: AsyncStream<Never>
    private let input: AsyncStream<Never>.Continuation

    init() {
        (stream, input) = AsyncStream.makeStream(of: Never.self)
    }

    func reached() {
        input.finish()
    }

    /// Waits for it, or until the task is cancelled.
    func wait() async {
        for await _ in stream {}
    }
}
