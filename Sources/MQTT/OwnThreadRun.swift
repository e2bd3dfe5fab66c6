/// Hands a value over to the one thread that uses it from then on.
///
/// Safe by how it is used: the value is made, put in here, and not touched again by its maker.
struct UnsafeTransfer<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}

extension OwnThread {
    /// Runs `body` on a thread of its own and returns when that thread has ended.
    static func run(
        _ body: @escaping @Sendable () -> Void, onCancel: @escaping @Sendable () -> Void
    ) async throws(ConnectionFailure) {
        let (finished, finish) = AsyncStream<Never>.makeStream()
        let thread = try OwnThread {
            body()
            finish.finish()
        }
        await withTaskCancellationHandler {
            // Shielded: an iteration in a cancelled task would end at once.
            await Task { for await _ in finished {} }.value
        } onCancel: {
            onCancel()
        }
        thread.join()
    }
}
