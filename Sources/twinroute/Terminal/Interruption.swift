import ServiceLifecycle
import UnixSignals

/// Runs work that Ctrl-C or SIGTERM cancels, so that it ends in good order with what it has.
func untilInterrupted<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            for await _ in signals { break }
            return nil
        }
        // The first to end is the work (its result), or the signal (`nil`), which cancels the work.
        while let ended = try await group.next() {
            group.cancelAll()
            if let ended { return ended }
        }
        throw CancellationError()
    }
}
