import Logging
import Synchronization

/// What a connection's thread does. Every method but `requestStop` runs on that thread.
///
/// The library queues a PUBACK before it hands a message on, and writes what is queued only in
/// `Client.write`. So: read until no more packets come (at most one batch), hand the batch on,
/// wait for its decision without reading, and only then write.
final class ConnectionLoop {
    let configuration: ConnectionConfiguration
    private let handler: any ConnectionHandler
    let shared: ConnectionShared
    private var logger: Logger
    private var machine: ConnectionStateMachine
    private var random = SystemRandomNumberGenerator()
    /// Whether a subscribe of this run was answered, so that a session that lives on has them all.
    private var subscribed = false
    /// Whether the broker holds a session that keeps messages while nobody reads.
    private var hasSession = false
    private var ipv4Only = false
    private let clock = ContinuousClock()

    /// The longest sleep while connected: the library's keep-alive has seconds as its unit.
    private static let tick = Duration.seconds(1)

    init(
        configuration: ConnectionConfiguration, handler: any ConnectionHandler, shared: ConnectionShared,
        logger: Logger
    ) {
        self.configuration = configuration
        self.handler = handler
        self.shared = shared
        self.logger = logger
        machine = ConnectionStateMachine(
            backOff: configuration.backOff, connectTimeout: configuration.connectTimeout)
    }

    func run() {
        while true {
            if shared.isStopping {
                machine.stop()
            } else if shared.isSuspended, hasSession {
                waitForResumption()
                continue
            }
            switch machine.next(now: clock.now) {
            case .connect(let attempt, let deadline):
                report(.connecting(attempt: attempt))
                logger.debug("connecting", metadata: [LoggingKeys.attempt: "\(attempt)"])
                attemptConnection(deadline: deadline)
            case .wait(let duration, _):
                _ = Poll.wait(socket: -1, wakeUp: shared.wakeUp, limit: duration)
            case .stop:
                report(.stopped)
                return
            }
        }
    }

    private func waitForResumption() {
        report(.suspended)
        logger.debug("suspended")
        while shared.isSuspended, !shared.isStopping {
            _ = Poll.wait(socket: -1, wakeUp: shared.wakeUp, limit: .seconds(3600))
        }
        logger.debug("resumed")
    }

    /// One connection, from its first packet to its end.
    private func attemptConnection(deadline: ContinuousClock.Instant) {
        shared.count { $0.attempts += 1 }
        var isUp = false
        do throws(ConnectionFailure) {
            if let fault = configuration.faults().first { throw fault }
            let client = try Client(configuration)
            let connack = try connect(client, until: deadline)
            guard let connack else { return }
            isUp = true
            machine.connected(now: clock.now)
            shared.count { $0.connected += 1 }
            logger.info("connected", metadata: [LoggingKeys.sessionPresent: "\(connack.sessionPresent)"])
            report(.connected(sessionPresent: connack.sessionPresent))
            if !connack.sessionPresent { hasSession = false }
            try serve(client, connack)
            try endInGoodOrder(client)
            machine.left()
        } catch {
            ended(error, wasUp: isUp)
        }
    }

    private func ended(_ failure: ConnectionFailure, wasUp: Bool) {
        shared.count { $0.failures[failure.kind, default: 0] += 1 }
        logger.warning(
            wasUp ? "connection ended" : "no connection",
            metadata: [LoggingKeys.failure: "\(failure)", LoggingKeys.failureKind: "\(failure.kind.rawValue)"])
        report(wasUp ? .disconnected(failure) : .refused(failure))
        if case .wait(let delay, _) = machine.ended(now: clock.now, random: &random), !shared.isStopping {
            logger.debug("backing off", metadata: [LoggingKeys.delay: "\(delay)"])
            report(.backingOff(delay))
        }
    }

    private func report(_ state: ConnectionState) {
        handler.connectionChanged(to: state)
    }

    // MARK: Connecting

    /// Returns `nil` when told to stop.
    private func connect(
        _ client: Client, until deadline: ContinuousClock.Instant
    ) throws(ConnectionFailure) -> Handshake.Connack? {
        do {
            return try Handshake.perform(
                client, ipv4Only: ipv4Only, deadline: deadline, wakeUp: shared.wakeUp,
                isStopping: { [shared] in shared.isStopping })
        } catch {
            switch error {
            case .portClosed, .unreachable, .connectTimeout:
                // The library tries only the first of a name's addresses; where that is a dead
                // IPv6 one, the next attempt goes by IPv4.
                ipv4Only.toggle()
            default:
                break
            }
            throw error
        }
    }

    // MARK: Connected

    private func serve(_ client: Client, _ connack: Handshake.Connack) throws(ConnectionFailure) {
        let keepAlive = connack.serverKeepAlive ?? configuration.keepAliveSeconds
        let holdLimit = configuration.acknowledgementHoldLimit(keepAliveSeconds: keepAlive)
        var pending = Subscriptions()
        if !(connack.sessionPresent && subscribed) {
            for subscription in configuration.subscriptions {
                let (result, id) = client.subscribe(subscription)
                guard result.succeeded else { throw client.failure(of: result) }
                pending.waiting[id] = subscription
            }
        } else {
            report(.subscribed)
        }
        while true {
            // With a batch that came along with CONNACK, reading on would exceed its limits.
            var isFull = client.intake.isFull
            if !isFull {
                isFull = try readBatch(client, &pending)
            }
            if !client.intake.messages.isEmpty {
                try deliver(client.intake.takeBatch(), holdLimit: holdLimit)
            }
            // After reading, so that an answered ping is not taken for a missing one, and never
            // while a batch is held: from here on all that is queued may be written.
            let misc = client.keepAlive()
            guard misc.succeeded else { throw client.failure(of: misc) }
            if client.wantsWrite {
                if let failure = client.writeAll(limit: holdLimit, wakeUp: shared.wakeUp) { throw failure }
            }
            shared.settleWritten()
            if shared.isStopping { return }
            // A session that lives on has its subscriptions; in a new one they come first.
            if connack.sessionPresent || pending.waiting.isEmpty { hasSession = true }
            if shared.isSuspended, hasSession { return }
            if !isFull {
                _ = Poll.wait(
                    socket: client.descriptor, wakeUp: shared.wakeUp, limit: ConnectionLoop.tick)
            }
        }
    }

    /// Reads until no more packets come or the batch is full. Returns whether it is full.
    private func readBatch(_ client: Client, _ pending: inout Subscriptions) throws(ConnectionFailure) -> Bool {
        while true {
            let before = client.intake.progress
            let result = client.read()
            let events = client.intake.takeEvents()
            let ending = handle(events, client, &pending)
            if !result.succeeded || client.descriptor < 0 {
                salvage(client)
                throw ending ?? client.failure(of: result)
            }
            if client.intake.isFull { return true }
            if client.intake.progress == before { return false }
        }
    }

    private func handle(
        _ events: [Intake.Event], _ client: Client, _ pending: inout Subscriptions
    ) -> ConnectionFailure? {
        for event in events {
            switch event {
            case .subscribed(let id, let codes):
                for outcome in pending.answer(id: id, codes: codes) {
                    if case .subscriptionRefused(let failure) = outcome {
                        shared.count { $0.subscriptionsRefused += 1 }
                        logger.error("subscription refused", metadata: [LoggingKeys.failure: "\(failure)"])
                    }
                    report(outcome)
                }
                if pending.waiting.isEmpty {
                    subscribed = !pending.anyRefused
                    report(.subscribed)
                }
            case .disconnected(let code) where code > 127:
                return .disconnectedByBroker(code: Int(code), reason: Client.reason(code))
            case .disconnected, .connected, .unsubscribed, .published:
                break
            }
        }
        return nil
    }

    /// Nobody sends QoS 0 messages again, so what was read of them goes on, acknowledged or not.
    private func salvage(_ client: Client) {
        let (batch, left) = client.intake.takeUnacknowledgeable()
        shared.count { $0.leftToBroker += UInt64(left) }
        guard !batch.messages.isEmpty else { return }
        _ = try? deliver(batch, holdLimit: configuration.acknowledgementHoldLimit)
    }

    /// Hands a batch on and waits for its decision. Throws unless it was acknowledged.
    private func deliver(_ batch: MessageBatch, holdLimit: Duration) throws(ConnectionFailure) {
        let count = batch.messages.count
        let acknowledgeable = batch.messages.reduce(into: UInt64(0)) { $0 += $1.qos > 0 ? 1 : 0 }
        shared.count {
            $0.batches += 1
            $0.messages += UInt64(count)
            $0.payloadBytes += UInt64(batch.arena.count)
        }
        logger.trace("batch", metadata: [LoggingKeys.messages: "\(count)"])
        let decision = BatchDecision(wakeUp: shared.wakeUp)
        let start = clock.now
        handler.receive(batch, acknowledgement: BatchAcknowledgement(decision))
        var limit = holdLimit
        while true {
            switch decision.outcome {
            case .acknowledged:
                machine.acknowledged()
                shared.willWrite(acknowledgeable)
                return
            case .refused:
                shared.count { $0.batchesRefused += 1 }
                throw .batchRefused(messages: count)
            case .expired:
                shared.count { $0.batchesExpired += 1 }
                throw .batchUndecided(messages: count, after: limit)
            case nil:
                if shared.isStopping { limit = min(limit, configuration.stopTimeout) }
                let left = clock.now.duration(to: start + limit)
                if left <= .zero {
                    _ = decision.decide(.expired)
                } else {
                    _ = Poll.wait(socket: -1, wakeUp: shared.wakeUp, limit: left)
                }
            }
        }
    }

    // MARK: Stopping

    /// A DISCONNECT right behind a burst of PUBACKs makes mosquitto 2.0.11 forget some of them and
    /// send their messages again, so a round trip comes first. The library offers no ping of one's
    /// own; an UNSUBSCRIBE, which every broker must answer (MQTT 5, 3.11), does the same.
    private func endInGoodOrder(_ client: Client) throws(ConnectionFailure) {
        let deadline = clock.now + configuration.stopTimeout
        let bounded = { [clock] in max(clock.now.duration(to: deadline), .zero) }
        client.intake.discardsMessages = true
        guard client.unsubscribe("twinroute/end").succeeded else { return }
        if client.writeAll(limit: bounded(), wakeUp: shared.wakeUp) != nil { return }
        var answered = false
        while !answered, bounded() > .zero {
            let before = client.intake.progress
            guard client.read().succeeded, client.descriptor >= 0 else { break }
            for case .unsubscribed in client.intake.takeEvents() { answered = true }
            if !answered, client.intake.progress == before {
                _ = Poll.wait(socket: client.descriptor, wakeUp: shared.wakeUp, limit: bounded())
            }
        }
        shared.count { [intake = client.intake] in
            $0.leftToBroker += intake.discardedQoS1
            $0.droppedWhileStopping += intake.discardedQoS0
        }
        // Messages that were read meanwhile have their PUBACKs in the queue, which must not leave.
        // The connection then ends without a DISCONNECT, and the session stays all the same.
        guard answered, client.intake.discardedQoS1 == 0, client.disconnect().succeeded else { return }
        _ = client.writeAll(limit: bounded(), wakeUp: shared.wakeUp)
        logger.debug("disconnected in good order")
    }
}
