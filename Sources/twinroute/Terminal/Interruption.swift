import ArgumentParser
import ServiceLifecycle
import UnixSignals

/// Runs work that Ctrl-C or SIGTERM cancels, so that it ends in good order with what it has.
///
/// - Parameter report: gets what the work returned, whether it was interrupted or not.
/// - Throws: what the work throws; `ExitCode.interrupted` after the report where a signal came.
func untilInterrupted<Result: Sendable>(
    _ work: @escaping @Sendable () async throws -> Result,
    report: (Result) throws -> Void = { (_: Result) in }
) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            for await _ in signals { break }
            return nil
        }
        // The first to end is the work (its result), or the signal (`nil`), which cancels the work.
        var wasInterrupted = false
        while let ended = try await group.next() {
            group.cancelAll()
            guard let ended else {
                wasInterrupted = true
                continue
            }
            try report(ended)
            if wasInterrupted { throw ExitCode.interrupted }
            return
        }
    }
}
