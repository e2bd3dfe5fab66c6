import Logging
import Synchronization

/// One MQTT connection that receives messages and acknowledges them when its handler says so.
///
/// It has a thread of its own, which ends with ``run()``.
public final class Connection: Sendable {
    public let configuration: ConnectionConfiguration
    private let handler: any ConnectionHandler
    private let logger: Logger
    private let shared: Result<ConnectionShared, ConnectionFailure>
    private let hasRun = Atomic<Bool>(false)

    public init(
        _ configuration: ConnectionConfiguration, logger: Logger, handler: any ConnectionHandler
    ) {
        self.configuration = configuration
        self.handler = handler
        var logger = logger
        logger[metadataKey: LoggingKeys.connection] = "\(configuration.name)"
        logger[metadataKey: LoggingKeys.host] = "\(configuration.host)"
        logger[metadataKey: LoggingKeys.port] = "\(configuration.port)"
        self.logger = logger
        shared = Result { () throws(ConnectionFailure) in try ConnectionShared() }
    }

    /// What this connection has seen so far.
    public var counters: ConnectionCounters {
        (try? shared.get())?.snapshot ?? ConnectionCounters()
    }

    /// Has the connection read no more: it finishes the batch under way, writes its PUBACKs and
    /// disconnects behind a round trip, as at the end. What comes meanwhile stays in the broker's
    /// session; where there is none yet, the connection subscribes first. A connection that stayed
    /// without reading would not see the answers to its pings.
    public func suspend() {
        (try? shared.get())?.setSuspended(true)
    }

    /// Has it connect and read again.
    public func resume() {
        (try? shared.get())?.setSuspended(false)
    }

    /// Connects, and connects again with back-off, until the task is cancelled. Then it stops
    /// reading, waits a bounded time for the outstanding batch's decision, writes its PUBACKs,
    /// and disconnects behind a round trip. To be called once.
    ///
    /// Throws only where the operating system gives no pipe or thread.
    public func run() async throws(ConnectionFailure) {
        guard !hasRun.exchange(true, ordering: .acquiringAndReleasing) else { throw .closed }
        let shared = try shared.get()
        let loop = UnsafeTransfer(
            ConnectionLoop(configuration: configuration, handler: handler, shared: shared, logger: logger))
        try await OwnThread.run {
            loop.value.run()
        } onCancel: {
            shared.requestStop()
        }
    }
}
