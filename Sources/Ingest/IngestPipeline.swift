import Journal
import Logging
import MQTT
import Notifications
import Routing
import Synchronization

/// The way from one MQTT connection to the journal: map, route, append, and only then acknowledge.
///
/// An event that no route wants is counted, here and in the journal's books, and not stored, and
/// takes no sequence number; its batch is acknowledged like any other.
///
/// Called on the connection's thread with one batch at a time.
final class IngestPipeline: ConnectionHandler {
    private struct State {
        var mapper: EventMapper
        var time = EventTimeFormatter()
        var statistics = IngestStatistics()
        var refusalLog = RefusalLog()
    }

    private let journal: Journal
    private let router: Router
    private let clock: @Sendable () -> WallTime
    private let logger: Logger
    private let state: Mutex<State>

    init(
        subscriptions: [IngestSubscription],
        settings: IngestSettings,
        journal: Journal,
        router: Router,
        logger: Logger,
        clock: @escaping @Sendable () -> WallTime = WallTime.now
    ) {
        self.journal = journal
        self.router = router
        self.clock = clock
        self.logger = logger
        state = Mutex(State(mapper: EventMapper(subscriptions: subscriptions, settings: settings)))
    }

    var statistics: IngestStatistics { state.withLock { $0.statistics } }

    func receive(_ batch: MessageBatch, acknowledgement: BatchAcknowledgement) {
        let (events, unwanted) = map(batch)
        guard !events.isEmpty else {
            journal.noteUnwanted(events: unwanted)
            acknowledgement.acknowledge()
            return
        }
        journal.append(JournalBatch(events: events, arena: batch.arena, unwanted: unwanted)) { [self] result in
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

    private func map(_ batch: MessageBatch) -> (events: [PendingEvent], unwanted: Int) {
        let now = clock()
        // One table for the whole batch, whatever happens to the routes meanwhile.
        let table = router.table
        var events: [PendingEvent] = []
        events.reserveCapacity(batch.messages.count)
        var unwanted = 0
        state.withLock { state in
            state.statistics.received += batch.messages.count
            let time = state.time.format(ticks: now.ticks)
            for message in batch.messages {
                do throws(RefusalReason) {
                    let event = try state.mapper.event(from: message, in: batch, at: now, time: time)
                    let destinations = table.destinations(of: event.notification)
                    guard !destinations.isEmpty else {
                        unwanted += 1
                        continue
                    }
                    events.append(
                        PendingEvent(
                            notification: event.notification, endpoints: EndpointSet(destinations),
                            startsSubjectAnew: event.startsSubjectAnew))
                } catch {
                    state.statistics.refused[error.label, default: 0] += 1
                    if state.refusalLog.shouldLog(error.label, at: now) {
                        logger.warning(
                            "refused a message",
                            metadata: [LogKey.topic: "\(message.topic)", LogKey.reason: "\(error)"])
                    }
                }
            }
            state.statistics.filtered += unwanted
        }
        return (events, unwanted)
    }
}
