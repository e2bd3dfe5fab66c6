import HeaderSerialization
import Journal
import Logging
import Notifications
import Routing
import Synchronization

/// The way into the journal for CloudEvents that a caller waits for, such as those of `POST /events`.
///
/// The rules are those of a `cloud-event` subscription (``CloudEventMapping``). A request is taken
/// whole or not at all: its sender is there to be told which events are bad, can mend them and send
/// the request again, and never has to work out which half of it was stored. Promise 6 holds
/// for all others: one request's bad event costs no other request.
public final class EventIntake: Sendable {
    private struct State {
        var identifiers = IdentifierGenerator()
        var statistics = IngestStatistics()
        var refusalLog = RefusalLog()
    }

    /// Events of one request. A batch of four bytes an event would otherwise take a hundred times
    /// its size in memory.
    public static let maximumEvents = 10_000

    private let settings: IngestSettings
    private let journal: Journal
    private let router: Router
    private let clock: @Sendable () -> WallTime
    private let logger: Logger
    private let state = Mutex(State())

    public convenience init(settings: IngestSettings, journal: Journal, router: Router, logger: Logger) {
        self.init(settings: settings, journal: journal, router: router, logger: logger, clock: WallTime.now)
    }

    init(
        settings: IngestSettings, journal: Journal, router: Router, logger: Logger,
        clock: @escaping @Sendable () -> WallTime
    ) {
        self.settings = settings
        self.journal = journal
        self.router = router
        self.clock = clock
        self.logger = logger
    }

    public var statistics: IngestStatistics { state.withLock { $0.statistics } }

    /// The largest body of one event, in bytes.
    public var maximumPayloadBytes: Int { settings.maximumPayloadBytes }

    /// Reads the events of a request, in any of the three modes, and commits them together. Returns
    /// once they are on disk, with the number of those that some route wants.
    public func accept(fields: [HTTPContent.Field], body: [UInt8]) async throws(EventIntakeError) -> Int {
        let (events, unwanted) = try read(HTTPContent(fields: fields, body: body[...]))
        guard !events.isEmpty else {
            journal.noteUnwanted(events: unwanted)
            return 0
        }
        do throws(JournalError) {
            _ = try await journal.append(JournalBatch(events: events, arena: body, unwanted: unwanted))
        } catch {
            state.withLock { $0.statistics.returned += events.count }
            logger.error(
                "the journal could not store a request's events; the sender was told to send them again",
                metadata: [LogKey.events: "\(events.count)", LogKey.reason: "\(error)"])
            throw .notStored(error)
        }
        state.withLock { $0.statistics.journalled += events.count }
        return events.count
    }

    /// Counts a request that its protocol turned down before anybody looked at its events. It is
    /// one event refused, for nobody knows how many there were.
    public func refuse(_ reason: RefusalReason) {
        state.withLock { state in
            state.statistics.received += 1
            count(reason, &state)
        }
    }

    private func read(_ content: HTTPContent) throws(EventIntakeError) -> (events: [PendingEvent], unwanted: Int) {
        let decoded: [Result<Notification, SerializationError>]
        do throws(SerializationError) {
            decoded = try HTTPSerialization().decode(content, maximumEvents: Self.maximumEvents)
        } catch {
            refuse(.malformed(error))
            throw .refused([RefusedEvent(index: 0, reason: .malformed(error))])
        }
        let closed = journal.gate.reasons
        // One table for the whole request, whatever happens to the routes meanwhile.
        let table = router.table
        let (events, refused, unwanted) = state.withLock { state in
            state.statistics.received += decoded.count
            var events: [PendingEvent] = []
            events.reserveCapacity(decoded.count)
            var refused: [RefusedEvent] = []
            var filtered = 0
            for (index, event) in decoded.enumerated() {
                do throws(RefusalReason) {
                    let event = try complete(event, identifiers: &state.identifiers)
                    let destinations = table.destinations(of: event.notification)
                    guard !destinations.isEmpty else {
                        filtered += 1
                        continue
                    }
                    events.append(
                        PendingEvent(
                            notification: event.notification, endpoints: EndpointSet(destinations),
                            startsSubjectAnew: event.startsSubjectAnew))
                } catch {
                    count(error, &state)
                    refused.append(RefusedEvent(index: index, reason: error))
                }
            }
            if refused.isEmpty, closed.isEmpty {
                state.statistics.filtered += filtered
            } else {
                state.statistics.returned += events.count + filtered
            }
            return (events, refused, filtered)
        }
        guard refused.isEmpty else { throw .refused(refused) }
        guard closed.isEmpty else { throw .gateClosed(closed) }
        return (events, unwanted)
    }

    private func complete(
        _ event: Result<Notification, SerializationError>, identifiers: inout IdentifierGenerator
    ) throws(RefusalReason) -> MappedEvent {
        let mapped: MappedEvent
        do throws(SerializationError) {
            mapped = try CloudEventMapping(settings: settings).complete(try event.get(), identifiers: &identifiers)
        } catch {
            throw .malformed(error)
        }
        let bytes = mapped.notification.body.count
        guard bytes <= settings.maximumPayloadBytes else {
            throw .payloadTooLarge(bytes: bytes, limit: settings.maximumPayloadBytes)
        }
        return mapped
    }

    private func count(_ reason: RefusalReason, _ state: inout State) {
        state.statistics.refused[reason.label, default: 0] += 1
        guard state.refusalLog.shouldLog(reason.label, at: clock()) else { return }
        logger.warning("refused an event of an HTTP request", metadata: [LogKey.reason: "\(reason)"])
    }
}
