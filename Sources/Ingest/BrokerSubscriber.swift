import Journal
import Logging
import MQTT
import Routing
import ServiceLifecycle

/// Reads one broker's subscriptions over one or more connections until shutdown.
public struct BrokerSubscriber: Service {
    private let connections: [Connection]
    private let pipelines: [IngestPipeline]

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

    public func run() async throws {
        try await withThrowingTaskGroup { group in
            for connection in connections {
                group.addTask {
                    try await cancelWhenGracefulShutdown { try await connection.run() }
                }
            }
            try await group.waitForAll()
        }
    }
}

extension ConnectionConfiguration {
    /// Whose packet ids marks hold: a broker keeps a session by its client's id.
    fileprivate var sessionName: String { "\(clientID)@\(host):\(port)" }
}
