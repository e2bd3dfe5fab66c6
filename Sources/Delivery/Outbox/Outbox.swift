import Azure
public import Journal
public import Logging
public import Notifications
public import ServiceLifecycle
import Synchronization

/// Delivers one endpoint's events, in order, until the far side says that it has them.
///
/// An event leaves the journal when the endpoint accepted it or when it is in the dead letters
/// (promise 2). Whatever ends a session, the next one begins at the lowest unsettled event, so
/// that order per subject holds (promise 3). Outboxes share nothing but the journal (promise 4).
public final class Outbox: Service {
    /// How long a drain waits for the outcomes of what is under way.
    public static let drainLimit: Duration = .seconds(5)
    /// How often the key that is not used is tried, give or take a quarter.
    public static let probeInterval: Duration = .seconds(15 * 60)

    public let endpoint: EndpointID
    let reader: EndpointReader
    let clock: any DeliveryClock
    let logger: Logger
    let probeInterval: Duration
    private let signals: AsyncStream<OutboxSignal>
    private let signalInput: AsyncStream<OutboxSignal>.Continuation
    let state: Mutex<State>

    struct State: Sendable {
        var lifeCycle: EndpointLifeCycle
        var connectors: KeyedConnectors
        var delivered = 0
        var deadLettered = 0
        var returned = 0
        var sessions = 0
        var window: DeliveryWindow?
    }

    public init(
        endpoint: EndpointID, reader: EndpointReader, connectors: KeyedConnectors, logger: Logger,
        clock: any DeliveryClock = SystemDeliveryClock(), probeInterval: Duration = Outbox.probeInterval
    ) {
        self.endpoint = endpoint
        self.reader = reader
        self.clock = clock
        self.probeInterval = probeInterval
        var logger = logger
        logger[metadataKey: LogKey.endpoint] = "\(endpoint)"
        self.logger = logger
        (signals, signalInput) = AsyncStream.makeStream(of: OutboxSignal.self)
        let lifeCycle = EndpointLifeCycle(hasSecondaryKey: connectors.secondary != nil, now: clock.now)
        state = Mutex(State(lifeCycle: lifeCycle, connectors: connectors))
    }

    /// Events that this endpoint still has to get.
    public var waiting: Int { reader.waiting }
    /// What became of all events since the endpoint was registered.
    public var books: EndpointBooks { reader.books }
    /// What waits, how old it is, and how fast it grows and shrinks.
    public var backlog: EndpointBacklog { reader.backlog }

    public var statistics: OutboxStatistics {
        let now = clock.now
        return state.withLock { state in
            var shown = OutboxStatistics()
            shown.delivered = state.delivered
            shown.deadLettered = state.deadLettered
            shown.returned = state.returned
            shown.sessions = state.sessions
            shown.state = state.lifeCycle.state
            shown.stateAge = now - state.lifeCycle.since
            shown.keyInUse = state.lifeCycle.keys.inUse
            shown.primaryKey = state.lifeCycle.keys.primary
            shown.secondaryKey = state.lifeCycle.keys.hasSecondary ? state.lifeCycle.keys.secondary : nil
            shown.waitLeft = state.lifeCycle.waitUntil.map { max(.zero, $0 - now) }
            shown.failures = state.lifeCycle.failures
            shown.lastFailure = state.lifeCycle.lastFailure
            shown.underWay = state.window?.underWay ?? 0
            return shown
        }
    }

    /// Takes new keys over: what is under way comes home first, then a session with the new keys
    /// goes on. A wait ends at once.
    public func replace(_ connectors: KeyedConnectors) { signal(.keysReplaced(connectors)) }

    /// Ends a wait between two sessions at once.
    public func retryNow() { signal(.retryNow) }

    /// Delivers nothing until ``enable()``; events wait.
    public func disable() { signal(.disable) }
    public func enable() { signal(.enable) }

    public func run() async throws {
        let driver = OutboxDriver(self)
        signal(.start)
        await withTaskGroup { group in
            group.addTask {
                // Throws where the task is cancelled, which ends the driver by itself.
                if (try? await gracefulShutdown()) != nil { self.signal(.stop) }
            }
            group.addTask { await self.probeIdleKey() }
            await driver.run(self.signals)
            group.cancelAll()
        }
    }

    func signal(_ signal: OutboxSignal) { signalInput.yield(signal) }
}
