import NIOCore

/// What an engine has scheduled.
struct EngineTimers {
    var open: Scheduled<Void>?
    var idle: Scheduled<Void>?
    var close: Scheduled<Void>?

    mutating func cancelAll() {
        open?.cancel()
        idle?.cancel()
        close?.cancel()
        (open, idle, close) = (nil, nil, nil)
    }
}

extension Engine {
    func startTimers() {
        let limit = settings.openTimeout
        timers.open = schedule(after: limit) { engine in
            guard !engine.isOpen else { return }
            engine.note(.timedOut(engine.settings.usesTLS && !engine.hasRead ? .tlsHandshake : .open, after: limit))
            engine.shutDown()
        }
        tick()
    }

    /// Lets Proton look at the clock: it sends empty frames in time for the peer's idle timeout and
    /// ends the connection at our own.
    func tick() {
        timers.idle?.cancel()
        timers.idle = nil
        guard !isEnded else { return }
        // Proton takes 0 for "no time yet".
        let now = Int64(eventLoop.now.uptimeNanoseconds / 1_000_000) + 1
        let next = driver.tick(now: now)
        guard next > 0 else { return }
        timers.idle = schedule(after: .milliseconds(max(1, next - now))) { engine in
            engine.tick()
            engine.process()
        }
    }

    func schedule(after delay: Duration, _ work: @escaping (Engine) -> Void) -> Scheduled<Void> {
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(delay.milliseconds)) { [weak self] in
            if let self { work(self) }
        }
    }
}
