import Journal
import Logging
import MQTT
import Notifications
import Routing
import Synchronization

/// The way from one MQTT connection to the journal: map, append, and only then acknowledge.
///
/// Called on the connection's thread with one batch at a time.
final class IngestPipeline: ConnectionHandler {
    private struct State {
        var mapper: TelemetryMapper
        var time = EventTimeFormatter()
        var statistics = IngestStatistics()
        var refusalLog = RefusalLog()
    }

    private let subscriptions: [IngestSubscription]
    private let journal: Journal
    private let endpoints: EndpointSet
    private let clock: @Sendable () -> WallTime
    private let logger: Logger
    private let state: Mutex<State>

    init(
        subscriptions: [IngestSubscription],
        source: String,
        maximumPayloadBytes: Int,
        journal: Journal,
        endpoints: EndpointSet,
        logger: Logger,
        clock: @escaping @Sendable () -> WallTime = WallTime.now
    ) {
        self.subscriptions = subscriptions
        self.journal = journal
        self.endpoints = endpoints
        self.clock = clock
        self.logger = logger
        state = Mutex(State(mapper: TelemetryMapper(source: source, maximumPayloadBytes: maximumPayloadBytes)))
    }

    var statistics: IngestStatistics { state.withLock { $0.statistics } }

    func receive(_ batch: MessageBatch, acknowledgement: BatchAcknowledgement) {
        let events = map(batch)
        guard !events.isEmpty else {
            acknowledgement.acknowledge()
            return
        }
        journal.append(JournalBatch(events: events, arena: batch.arena)) { [self] result in
            switch result {
            case .success:
                state.withLock { $0.statistics.journalled += events.count }
                acknowledgement.acknowledge()
            case .failure(let error):
                state.withLock { $0.statistics.returned += events.count }
                logger.error(
                    "the journal could not store a batch; the broker keeps it",
                    metadata: [LogKey.events: "\(events.count)", LogKey.reason: "\(error)"])
                acknowledgement.refuse()
            }
        }
    }

    func connectionChanged(to connection: ConnectionState) {
        connection.log(to: logger)
    }

    private func map(_ batch: MessageBatch) -> [PendingEvent] {
        let now = clock()
        var events: [PendingEvent] = []
        events.reserveCapacity(batch.messages.count)
        state.withLock { state in
            state.statistics.received += batch.messages.count
            let time = state.time.format(ticks: now.ticks)
            for message in batch.messages {
                do throws(RefusalReason) {
                    let notification = try map(message, in: batch, at: now, time: time, with: &state.mapper)
                    events.append(PendingEvent(notification: notification, endpoints: endpoints))
                } catch {
                    state.statistics.refused[error.label, default: 0] += 1
                    if state.refusalLog.shouldLog(error.label, at: now) {
                        logger.warning(
                            "refused a message",
                            metadata: [LogKey.topic: "\(message.topic)", LogKey.reason: "\(error)"])
                    }
                }
            }
        }
        return events
    }

    private func map(
        _ message: Message,
        in batch: MessageBatch,
        at now: WallTime,
        time: String,
        with mapper: inout TelemetryMapper
    ) throws(RefusalReason) -> Notification {
        for subscription in subscriptions {
            guard let captures = subscription.topic.captures(of: message.topic) else { continue }
            switch subscription.kind {
            case .telemetry:
                return try mapper.notification(
                    from: message, in: batch, captures: captures, time: time, nowMilliseconds: now.milliseconds)
            }
        }
        throw .noTemplateMatches
    }
}
