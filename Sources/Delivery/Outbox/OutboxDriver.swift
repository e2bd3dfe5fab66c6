import Azure
import Journal
import Logging
import Synchronization

/// Leads one endpoint through its life: takes signals, asks the life cycle, does what it says.
/// Everything here runs in one task.
final class OutboxDriver {
    let outbox: Outbox
    private(set) var attempt = 0
    private var waitNumber = 0
    private var connecting: Task<Void, Never>?
    private(set) var feed: SessionFeed?
    /// The other key is being put on the live session: several connections tell of one refused key each.
    var isSwitching = false
    private var feeding: Task<Void, Never>?
    private var waiting: Task<Void, Never>?
    private var draining: Task<Void, Never>?
    private var window: DeliveryWindow?
    private var isFinished = false

    init(_ outbox: Outbox) {
        self.outbox = outbox
    }

    func run(_ signals: AsyncStream<OutboxSignal>) async {
        for await signal in signals {
            do throws(EndpointLifeCycle.IllegalCommand) {
                for action in try actions(for: signal) { await perform(action) }
            } catch {
                outbox.logger.error("a command was ignored", metadata: [LogKey.reason: "\(error)"])
            }
            if isFinished { break }
        }
        waiting?.cancel()
        await close()
    }

    // MARK: Signals

    private func actions(for signal: OutboxSignal) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction] {
        switch signal {
        case .start: return try handle(.start)
        case .disable: return try handle(.disable)
        case .enable: return try handle(.enable)
        case .stop: return try handle(.stop)
        case .connected(let number):
            return number == attempt ? try handle(.connected) : []
        case .attached(let number, let feed):
            guard number == attempt else {
                // Given up while it was made.
                Task { await feed.close() }
                return []
            }
            self.feed = feed
            return try handle(.attached)
        case .drained(let number):
            return number == attempt ? try handle(.drained) : []
        case .waitOver(let number):
            return number == waitNumber ? try handle(.waitOver) : []
        case .failed(let number, let failure):
            guard number == attempt else { return [] }
            return try failed(failure)
        case .throttled(let number, let failure):
            guard number == attempt else { return [] }
            return try throttled(failure)
        case .keysReplaced(let connectors):
            return try replaced(connectors)
        case .retryNow:
            let state = outbox.state.withLock { $0.lifeCycle.state }
            return state == .backingOff || state == .unauthorized ? try handle(.changed) : []
        case .renewalRefused(let number, let failure):
            if number == attempt { renewalRefused(failure) }
            return []
        case .adopted(let number, let generation, let adoption):
            return try adopted(adoption, attempt: number, generation: generation)
        case .switched(let number, let generation, let key, let refusal, let adoption):
            switched(adoption, to: key, because: refusal, attempt: number, generation: generation)
            return []
        case .probed(let key, let failure, let generation):
            probed(key, failure, generation)
            return []
        }
    }

    func handle(_ command: EndpointCommand) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction] {
        let now = outbox.clock.now
        return try change { life throws(EndpointLifeCycle.IllegalCommand) in try life.handle(command, now: now) }
    }

    private func failed(_ failure: EndpointFailure) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction] {
        let now = outbox.clock.now
        let key = outbox.state.withLock { $0.lifeCycle.keys.inUse }
        let actions = try change { life throws(EndpointLifeCycle.IllegalCommand) in
            try life.failed(failure, now: now, random: .random(in: 0...1))
        }
        let (failures, end) = outbox.state.withLock { ($0.lifeCycle.failures, $0.lifeCycle.waitUntil) }
        let said = failure.kind == .unauthorized ? "a key was refused" : "endpoint out of reach"
        outbox.logger.warning(
            end == nil ? "\(said)" : "endpoint out of reach; its events wait in the journal",
            metadata: [
                LogKey.condition: "\(failure.condition)", LogKey.kind: "\(failure.kind)",
                LogKey.reason: "\(failure.detail)", LogKey.failures: "\(failures)", LogKey.key: "\(key.rawValue)",
                LogKey.wait: "\((end ?? now) - now)",
            ])
        return actions
    }

    private func throttled(_ failure: EndpointFailure) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction] {
        let now = outbox.clock.now
        let actions = try change { life throws(EndpointLifeCycle.IllegalCommand) in
            try life.throttled(failure, now: now, random: .random(in: 0...1))
        }
        let end = outbox.state.withLock { $0.lifeCycle.waitUntil }
        outbox.logger.info(
            "the far side asks for less",
            metadata: [
                LogKey.condition: "\(failure.condition)", LogKey.reason: "\(failure.detail)",
                LogKey.wait: "\((end ?? now) - now)",
            ])
        return actions
    }

    private func probed(_ key: EndpointKey, _ failure: EndpointFailure?, _ generation: Int) {
        let now = outbox.clock.now
        let isNews = outbox.state.withLock { $0.lifeCycle.probed(key, failure, generation: generation, now: now) }
        guard isNews else { return }
        if let failure {
            outbox.logger.warning(
                "the key that is not in use failed its test",
                metadata: [LogKey.key: "\(key.rawValue)", LogKey.condition: "\(failure.condition)", LogKey.reason: "\(failure.detail)"])
        } else {
            outbox.logger.info("the key that is not in use works", metadata: [LogKey.key: "\(key.rawValue)"])
        }
    }

    func change(
        _ body: (inout EndpointLifeCycle) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction]
    ) throws(EndpointLifeCycle.IllegalCommand) -> [EndpointAction] {
        let result = outbox.state.withLock { state -> Result<[EndpointAction], EndpointLifeCycle.IllegalCommand> in
            do throws(EndpointLifeCycle.IllegalCommand) { return .success(try body(&state.lifeCycle)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: Actions

    private func perform(_ action: EndpointAction) async {
        switch action {
        case .connect: connect()
        case .send: send()
        case .pause: window?.halt()
        case .resume: window?.resume()
        case .wait: wait()
        case .endWait: endWait()
        case .drain: drain()
        case .close: await close()
        case .finish: isFinished = true
        }
    }

    private func connect() {
        attempt += 1
        let (attempt, outbox) = (attempt, outbox)
        let connector = outbox.state.withLock { $0.connectors[$0.lifeCycle.keys.inUse] }
        let window = DeliveryWindow(clock: outbox.clock)
        self.window = window
        let (refusals, refusalsInput) = AsyncStream.makeStream(of: Refusal.self)
        connecting = Task {
            do throws(EndpointFailure) {
                let session = try await ConnectAttempt.connect(
                    connector,
                    onProgress: { progress in
                        switch progress {
                        case .connected: outbox.signal(.connected(attempt: attempt))
                        case .keyRefused(let failure): outbox.signal(.renewalRefused(attempt: attempt, failure))
                        }
                    },
                    onReports: { outbox.settle($0, window: window, attempt: attempt, refusals: refusalsInput) })
                guard let session else { return }
                let feed = SessionFeed(
                    session, window: window, reader: outbox.reader, refusals: (refusals, refusalsInput),
                    bury: { await outbox.deadLetter($0) })
                outbox.signal(.attached(attempt: attempt, feed))
            } catch {
                outbox.signal(.failed(attempt: attempt, error))
            }
        }
    }

    private func send() {
        guard let feed else { return }
        let (attempt, outbox) = (attempt, outbox)
        outbox.state.withLock {
            $0.sessions += 1
            $0.window = window
        }
        outbox.logger.info("endpoint connected", metadata: [LogKey.events: "\(outbox.reader.waiting)"])
        feeding = Task {
            if let failure = await feed.run() { outbox.signal(.failed(attempt: attempt, failure)) }
        }
    }

    private func wait() {
        waitNumber += 1
        let (number, outbox) = (waitNumber, outbox)
        guard let end = outbox.state.withLock({ $0.lifeCycle.waitUntil }) else { return }
        waiting = Task {
            guard (try? await outbox.clock.sleep(until: end)) != nil else { return }
            outbox.signal(.waitOver(number: number))
        }
    }

    private func endWait() {
        waitNumber += 1
        waiting?.cancel()
        waiting = nil
    }

    private func drain() {
        guard let window else { return }
        window.halt()
        let (attempt, outbox) = (attempt, outbox)
        draining = Task {
            await withTaskGroup { group in
                group.addTask { await window.drained() }
                group.addTask { try? await outbox.clock.sleep(until: outbox.clock.now + Outbox.drainLimit) }
                await group.next()
                group.cancelAll()
            }
            outbox.signal(.drained(attempt: attempt))
        }
    }

    /// Gives up the session or the try; when it returns, nothing of it touches the journal any more.
    private func close() async {
        attempt += 1
        connecting?.cancel()
        draining?.cancel()
        feeding?.cancel()
        if let feeding { await feeding.value } else { await feed?.close() }
        if let left = window?.underWay, left > 0 {
            outbox.logger.info("ended with events under way; they will be sent again", metadata: [LogKey.events: "\(left)"])
        }
        (connecting, draining, feeding, feed, window) = (nil, nil, nil, nil, nil)
        outbox.state.withLock { $0.window = nil }
    }
}
