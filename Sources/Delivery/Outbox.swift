import Azure
import Journal
import Logging
import Notifications
import ServiceLifecycle
import Synchronization

/// Delivers one endpoint's events, in order, until the far side says that it has them.
///
/// An event leaves the journal when the endpoint accepted it or when it is in the dead letters
/// (promise 2). Whatever ends a session, the next one begins at the lowest unsettled event, so
/// that order per subject holds (promise 3). Outboxes share nothing but the journal (promise 4).
public final class Outbox: Service {
    /// How long a shutdown waits for the outcomes of what is under way.
    public static let drainLimit: Duration = .seconds(5)

    public let endpoint: EndpointID
    private let reader: EndpointReader
    private let connector: any EndpointConnector
    private let logger: Logger
    private let current = Mutex(OutboxStatistics())

    public init(endpoint: EndpointID, reader: EndpointReader, connector: any EndpointConnector, logger: Logger) {
        self.endpoint = endpoint
        self.reader = reader
        self.connector = connector
        var logger = logger
        logger[metadataKey: LogKey.endpoint] = "\(endpoint)"
        self.logger = logger
    }

    public var statistics: OutboxStatistics { current.withLock { $0 } }
    /// Events that this endpoint still has to get.
    public var waiting: Int { reader.waiting }

    public func run() async throws {
        var backOff = BackOff()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let deliveredBefore = statistics.delivered
            guard let failure = await deliverOverOneSession() else { return }
            if statistics.delivered > deliveredBefore { backOff.reset() }
            current.withLock { $0.lastFailure = failure }
            let wait = backOff.next()
            logger.warning(
                "endpoint out of reach; its events wait in the journal",
                metadata: [
                    LogKey.condition: "\(failure.condition)", LogKey.reason: "\(failure.detail)",
                    LogKey.failures: "\(backOff.failures)", LogKey.wait: "\(wait)",
                ])
            // Only cancellation ends the sleep early, and the loop's condition sees that.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
        }
    }

    /// - Returns: why the session could not be made or ended; `nil` on shutdown.
    private func deliverOverOneSession() async -> EndpointFailure? {
        let window = DeliveryWindow()
        let (refusals, refusalsInput) = AsyncStream.makeStream(of: Refusal.self)
        let session: any EndpointSession
        do throws(EndpointFailure) {
            session = try await connector.connect { [self] reports in
                settle(reports, window: window, refusals: refusalsInput)
            }
        } catch {
            return Task.isCancelled ? nil : error
        }
        current.withLock {
            $0.sessions += 1
            $0.isConnected = true
        }
        logger.info("endpoint connected", metadata: [LogKey.events: "\(reader.waiting)"])
        defer { current.withLock { $0.isConnected = false } }
        reader.rewind()

        // Refusals are written to the dead letters while the session lives and until the last of
        // them is safe, whatever ends the rest.
        return await withTaskGroup { group in
            group.addTask {
                for await refusal in refusals { await self.deadLetter(refusal) }
            }
            let failure = await feedUntilOver(session, window: window)
            if failure == nil { await drain(session, window: window) }
            await session.close()
            refusalsInput.finish()
            await group.waitForAll()
            return failure
        }
    }

    /// Sends until the session ends (the failure) or shutdown begins (`nil`).
    private func feedUntilOver(_ session: any EndpointSession, window: DeliveryWindow) async -> EndpointFailure? {
        await withTaskGroup(of: EndpointFailure?.self) { group in
            group.addTask {
                await session.ended()
                    ?? EndpointFailure(kind: .transient, condition: "closed", detail: "the far side closed the link")
            }
            group.addTask {
                await cancelWhenGracefulShutdown { await self.feed(session, window: window) }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return Task.isShuttingDownGracefully || Task.isCancelled ? nil : first
        }
    }

    /// Moves events from the journal to the session until it is cancelled or the journal fails.
    private func feed(_ session: any EndpointSession, window: DeliveryWindow) async -> EndpointFailure? {
        do {
            while true {
                switch try await window.nextStep() {
                case .send(let count, let bytes):
                    let events = try await reader.next(maximumEvents: count, maximumBytes: min(bytes, 1 << 20))
                    try Task.checkCancellation()
                    session.send(window.add(events))
                case .rewind:
                    reader.rewind()
                }
            }
        } catch is CancellationError {
            return nil
        } catch {
            return EndpointFailure(kind: .internalError, condition: "journal", detail: "\(error)")
        }
    }

    private func drain(_ session: any EndpointSession, window: DeliveryWindow) async {
        await withTaskGroup { group in
            group.addTask { await window.drained() }
            group.addTask { _ = await session.ended() }
            group.addTask { try? await Task.sleep(for: Self.drainLimit) }
            await group.next()
            group.cancelAll()
        }
        let left = window.inFlightCount
        if left > 0 {
            logger.info("stopped with events under way; they will be sent again", metadata: [LogKey.events: "\(left)"])
        }
    }

    /// Runs on the session's thread.
    private func settle(
        _ reports: [DeliveryReport],
        window: DeliveryWindow,
        refusals: AsyncStream<Refusal>.Continuation
    ) {
        let verdicts = window.handle(reports)
        reader.settle(verdicts.settled)
        for refused in verdicts.refused { refusals.yield(refused) }
        if let first = verdicts.returned.first {
            logger.debug(
                "the far side returned events; they will be sent again",
                metadata: [LogKey.events: "\(verdicts.returned.count)", LogKey.reason: "\(first.reason)"])
        }
        current.withLock {
            $0.delivered += verdicts.settled.count
            $0.returned += verdicts.returned.count
        }
    }

    private func deadLetter(_ refusal: Refusal) async {
        do {
            let reason = DeadLetterReason(condition: refusal.condition, description: refusal.description)
            try await reader.deadLetter(refusal.offset, reason: reason)
            current.withLock { $0.deadLettered += 1 }
            logger.warning(
                "an event was refused for good; it is in the dead letters",
                metadata: [
                    LogKey.offset: "\(refusal.offset)", LogKey.condition: "\(refusal.condition)",
                    LogKey.reason: "\(refusal.description)",
                ])
        } catch {
            // Unsettled as it is, the event is sent again in the next session and refused again.
            logger.error(
                "a refused event could not be stored as a dead letter",
                metadata: [LogKey.offset: "\(refusal.offset)", LogKey.reason: "\(error)"])
        }
    }
}
