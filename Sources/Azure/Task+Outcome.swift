extension Task where Failure == Never {
    /// Waits for work that cannot be cancelled, or must not be, no longer than this task is wanted, nor
    /// than a limit. The work goes on.
    ///
    /// - Returns: `nil` when the waiting was given up.
    public func outcome(within limit: Duration? = nil) async -> Success? {
        let (values, input) = AsyncStream.makeStream(of: Success.self)
        Task<Void, Never> {
            input.yield(await self.value)
            input.finish()
        }
        let timer = limit.map { limit in
            Task<Void, Never> {
                if (try? await Task<Never, Never>.sleep(for: limit)) != nil { input.finish() }
            }
        }
        defer { timer?.cancel() }
        for await value in values { return value }
        return nil
    }
}
