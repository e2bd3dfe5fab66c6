import Azure

/// A try to connect that can be given up at once: a session that comes after that is closed.
///
/// Connecting goes through name lookups and handshakes that cannot be cancelled, only outlasted.
enum ConnectAttempt {
    /// - Returns: `nil` when the waiting task was cancelled.
    static func connect(
        _ connector: any EndpointConnector,
        onProgress: @escaping @Sendable (ConnectProgress) -> Void = { _ in },
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent] = { _ in [] }
    ) async throws(EndpointFailure) -> (any EndpointSession)? {
        let attempt = Task { () async -> Result<any EndpointSession, EndpointFailure> in
            do throws(EndpointFailure) {
                return .success(try await connector.connect(onProgress: onProgress, onReports: onReports))
            } catch {
                return .failure(error)
            }
        }
        if let outcome = await attempt.outcome() { return try outcome.get() }
        Task {
            if case .success(let session) = await attempt.value { await session.close() }
        }
        return nil
    }
}
