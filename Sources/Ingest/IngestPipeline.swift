import Journal
import Logging
import MQTT
import Notifications
import Routing
import Synchronization

/// The way from one MQTT connection to the journal: map, route, append, and only then acknowledge.
///
/// An event that no route wants is counted, here and in the journal's books, and not stored, and
/// takes no sequence number; its batch is acknowledged like any other. A message that is known again
/// (``RedeliveryFilter``) is counted and acknowledged.
///
/// Called on the connection's thread with one batch at a time.
final class IngestPipeline: ConnectionHandler {
    private struct State {
        var mapper: EventMapper
        var time = EventTimeFormatter()
        var statistics = IngestStatistics()
        var refusalLog = RefusalLog()
        var redelivery = RedeliveryFilter(marks: [])
    }

    /// What became of a batch's messages.
    private struct Mapped {
        var events: [PendingEvent] = []
        /// Events that no route wants.
        var unwanted = 0
        /// Of all messages of QoS 1 that were not known again.
        var marks: [IntakeMark] = []
    }

    private let journal: Journal
    private let router: Router
    /// The name of the broker's session; `nil`: nothing is known again.
    private let session: String?
    private let clock: @Sendable () -> WallTime
    private let logger: Logger
    private let state: Mutex<State>
    let firstSubscription = FirstSubscription()

    init(
        subscriptions: [IngestSubscription],
        settings: IngestSettings,
        journal: Journal,
        router: Router,
        session: String? = nil,
        logger: Logger,
        clock: @escaping @Sendable () -> WallTime = WallTime.now
    ) {
        self.journal = journal
        self.router = router
        self.session = session
        self.clock = clock
        self.logger = logger
        state = Mutex(State(mapper: EventMapper(subscriptions: subscriptions, settings: settings)))
    }

    var statistics: IngestStatistics { state.withLock { $0.statistics } }

    func receive(_ batch: MessageBatch, acknowledgement: BatchAcknowledgement) {
        let mapped = map(batch)
        let events = mapped.events
        let marks = session.map { IntakeMarks(source: $0, entries: mapped.marks) }
        // A message whose mark could be lost must not be acknowledged, even if no route wants it:
        // the filter rests on an unbroken series of marks.
        guard !events.isEmpty || !mapped.marks.isEmpty else {
            journal.noteUnwanted(events: mapped.unwanted)
            acknowledgement.acknowledge()
            return
        }
        let arena = events.isEmpty ? [] : batch.arena
        journal.append(
            JournalBatch(events: events, arena: arena, marks: marks, unwanted: mapped.unwanted)
        ) { [self] result in
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
        if connection == .subscribed { firstSubscription.reached() }
        if case .connected(let sessionPresent) = connection, let session {
            prepareRedelivery(of: session, sessionPresent: sessionPresent)
        }
    }

    /// Comes before the connection's first batch.
    private func prepareRedelivery(of session: String, sessionPresent: Bool) {
        var filter = sessionPresent ? RedeliveryFilter(marks: []) : .newSession
        do throws(JournalError) {
            if sessionPresent {
                filter = RedeliveryFilter(marks: try journal.marks(of: session))
            } else {
                // Its packet ids mean other messages from now on.
                try journal.forgetMarks(of: session)
            }
        } catch {
            logger.error(
                "no marks of messages: what the broker sends again comes twice",
                metadata: [LogKey.reason: "\(error)"])
        }
        state.withLock { $0.redelivery = filter }
    }

    private func map(_ batch: MessageBatch) -> Mapped {
        let now = clock()
        // One table for the whole batch, whatever happens to the routes meanwhile.
        let table = router.table
        var mapped = Mapped()
        mapped.events.reserveCapacity(batch.messages.count)
        if session != nil { mapped.marks.reserveCapacity(batch.messages.count) }
        state.withLock { state in
            state.statistics.received += batch.messages.count
            let time = state.time.format(ticks: now.ticks)
            for message in batch.messages {
                if session != nil, message.qos > 0,
                    state.redelivery.recognises(
                        IntakeMark(message, in: batch), redelivered: message.redelivered, orAddsTo: &mapped.marks)
                {
                    state.statistics.recognised += 1
                    continue
                }
                do throws(RefusalReason) {
                    let event = try state.mapper.event(from: message, in: batch, at: now, time: time)
                    let destinations = table.destinations(of: event.notification)
                    guard !destinations.isEmpty else {
                        mapped.unwanted += 1
                        continue
                    }
                    mapped.events.append(
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
            state.statistics.filtered += mapped.unwanted
        }
        return mapped
    }
}
