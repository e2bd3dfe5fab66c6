import Azure

/// Waits for work no longer than a limit, nor than this task is wanted.
///
/// - Returns: `nil` when it took longer; the work is cancelled then, and not waited for.
func within<Value: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> Value) async -> Value? {
    let working = Task { await work() }
    defer { working.cancel() }
    return await working.outcome(within: limit)
}
