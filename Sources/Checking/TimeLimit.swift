/// Waits for work no longer than a limit, nor than this task is wanted.
///
/// - Returns: `nil` when it took longer; the work is cancelled then, and not waited for.
func within<Value: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> Value) async -> Value? {
    let (values, input) = AsyncStream.makeStream(of: Value.self)
    let working = Task {
        input.yield(await work())
        input.finish()
    }
    let timer = Task {
        if (try? await Task.sleep(for: limit)) != nil { input.finish() }
    }
    defer {
        working.cancel()
        timer.cancel()
    }
    for await value in values { return value }
    return nil
}
