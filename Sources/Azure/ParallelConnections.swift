/// Several connections to one endpoint, where one is the bottleneck: far away, each takes no more than
/// its credit in a round trip.
///
/// Any connection may take any delivery, for what follows a delivery in its subject leaves after its
/// outcome (promise 3). They are one session: when one ends, all do.
public struct ParallelConnector: EndpointConnector {
    private let connector: any EndpointConnector
    private let count: Int

    /// - Parameter count: of connections.
    public init(_ connector: any EndpointConnector, count: Int) {
        self.connector = connector
        self.count = max(1, count)
    }

    public func connect(
        onProgress: @escaping @Sendable (ConnectProgress) -> Void,
        onReports: @escaping @Sendable ([DeliveryReport]) -> [OutboundEvent]
    ) async throws(EndpointFailure) -> any EndpointSession {
        let first = try await connector.connect(onProgress: onProgress, onReports: onReports)
        // The others come without announcement, and only once the key is known to be right.
        let results = await withTaskGroup(of: Result<any EndpointSession, EndpointFailure>.self) { group in
            for _ in 1..<count {
                group.addTask {
                    do throws(EndpointFailure) {
                        return .success(
                            try await connector.connect(
                                onProgress: { if case .keyRefused = $0 { onProgress($0) } }, onReports: onReports))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var session = ParallelSession(sessions: [first])
        var failure: EndpointFailure?
        for result in results {
            switch result {
            case .success(let other): session.sessions.append(other)
            case .failure(let error): failure = error
            }
        }
        guard let failure else { return session }
        await session.close()
        throw failure
    }

    /// The same way with another key.
    fileprivate func adoption(by session: any EndpointSession) async throws(EndpointFailure) -> Bool {
        try await session.adopt(connector)
    }
}

private struct ParallelSession: EndpointSession {
    var sessions: [any EndpointSession]

    var bounds: DeliveryBounds { sessions[0].bounds }

    func send(_ events: [OutboundEvent]) {
        guard sessions.count > 1 else { return sessions[0].send(events) }
        var shares = [[OutboundEvent]](repeating: [], count: sessions.count)
        for event in events { shares[Int(event.id % UInt64(sessions.count))].append(event) }
        for (session, share) in zip(sessions, shares) where !share.isEmpty { session.send(share) }
    }

    func ended() async -> EndpointFailure? {
        await withTaskGroup(of: EndpointFailure?.self) { group in
            for session in sessions { group.addTask { await session.ended() } }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// Those that took the key before one that did not keep it: both hold.
    func adopt(_ connector: any EndpointConnector) async throws(EndpointFailure) -> Bool {
        guard let connector = connector as? ParallelConnector else { return false }
        for session in sessions {
            guard try await connector.adoption(by: session) else { return false }
        }
        return true
    }

    func close() async {
        await withTaskGroup { group in
            for session in sessions { group.addTask { await session.close() } }
        }
    }
}
