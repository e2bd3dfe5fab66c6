import Journal
import Logging
import MQTT
import Routing
import ServiceLifecycle

/// Reads one broker's subscriptions over one or more connections until shutdown, while the
/// journal's gate is open.
public struct BrokerSubscriber: Service {
    private let connections: [Connection]
    private let pipelines: [IngestPipeline]
    private let gate: IntakeGate

    /// - Parameters:
    ///   - connections: how to reach the broker; one entry a connection. Their subscriptions are
    ///     those of `subscriptions`.
    ///   - router: says where each event goes; the places of its table are the journal's slots.
    public init(
        connections: [ConnectionConfiguration],
        subscriptions: [IngestSubscription],
        settings: IngestSettings,
        journal: Journal,
        router: Router,
        logger: Logger
    ) {
        var pipelines: [IngestPipeline] = []
        self.connections = connections.map { configuration in
            var logger = logger
            logger[metadataKey: LogKey.broker] = "\(configuration.name)"
            let pipeline = IngestPipeline(
                subscriptions: subscriptions,
                settings: settings,
                journal: journal,
                router: router,
                session: settings.recognisesRedelivery ? configuration.sessionName : nil,
                logger: logger)
            pipelines.append(pipeline)
            return Connection(configuration, logger: logger, handler: pipeline)
        }
        self.pipelines = pipelines
        gate = journal.gate
    }

    /// The sum over the connections.
    public var statistics: IngestStatistics {
        pipelines.reduce(into: IngestStatistics()) { sum, pipeline in
            let part = pipeline.statistics
            sum.received += part.received
            sum.journalled += part.journalled
            sum.recognised += part.recognised
            sum.filtered += part.filtered
            sum.returned += part.returned
            sum.refused.merge(part.refused, uniquingKeysWith: +)
        }
    }

    /// Waits until every connection has subscribed for the first time, or the task is cancelled. For one
    /// who waits.
    public func hasSubscribed() async {
        for pipeline in pipelines { await pipeline.firstSubscription.wait() }
    }

    public func run() async throws {
        try await withThrowingTaskGroup { group in
            for connection in connections {
                group.addTask {
                    try await cancelWhenGracefulShutdown { try await connection.run() }
                }
            }
            group.addTask {
                await cancelWhenGracefulShutdown { await followGate() }
            }
            try await group.waitForAll()
        }
    }

    private func followGate() async {
        for await isOpen in gate.changes() {
            for connection in connections {
                if isOpen { connection.resume() } else { connection.suspend() }
            }
        }
    }
}

extension ConnectionConfiguration {
    /// Whose packet ids marks hold: a broker keeps a session by its client's id.
    fileprivate var sessionName: String { "\(clientID)@\(host):\(port)" }
}
