import NIOCore

/// The time, and one call at a set time.
final class Alarm {
    private let eventLoop: any EventLoop
    private let clock: () -> Milliseconds
    private var scheduled: Scheduled<Void>?
    private var scheduledAt: Milliseconds?

    init(eventLoop: any EventLoop, clock: @escaping () -> Milliseconds) {
        self.eventLoop = eventLoop
        self.clock = clock
    }

    var now: Milliseconds { clock() }

    func another() -> Alarm { Alarm(eventLoop: eventLoop, clock: clock) }

    /// One call at a time; the earlier one counts. Nil: none.
    func set(at time: Milliseconds?, _ action: @escaping () -> Void) {
        guard time != scheduledAt else { return }
        cancel()
        guard let time else { return }
        scheduledAt = time
        let bound = NIOLoopBound((self, action), eventLoop: eventLoop)
        // Far-off times are looked at again on the way.
        let delay = min(max(1, time - clock()), 3_600_000)
        scheduled = eventLoop.scheduleTask(in: .milliseconds(delay)) {
            let (alarm, action) = bound.value
            (alarm.scheduled, alarm.scheduledAt) = (nil, nil)
            action()
        }
    }

    func cancel() {
        scheduled?.cancel()
        (scheduled, scheduledAt) = (nil, nil)
    }
}
