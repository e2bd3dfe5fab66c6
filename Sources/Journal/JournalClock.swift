/// The clock that the age of events is measured by: milliseconds that never go back.
///
/// It follows the boot clock while the journal is open. Over a restart it goes on by the boot clock
/// where the machine is still in the same boot, and else by the wall clock, never backwards. So a
/// step of the wall clock makes no event older or younger; for a step to mislead it, the clock has
/// to be wrong at the time of a reboot itself.
struct JournalClock: Sendable {
    /// One instant on all clocks, as it is kept on disk.
    struct Anchor: Sendable, Hashable {
        var time: Int64
        var bootID: Int64
        var bootTime: Int64
        var wallTime: Int64
    }

    /// The anchor is written anew once wall clock and boot clock differ by this much more, or less,
    /// than they did: then the wall clock was set.
    static let stepMilliseconds: Int64 = 1000

    private let bootTime: @Sendable () -> Int64
    private let wallTime: @Sendable () -> Int64
    /// The instant of the opening.
    private let opened: Anchor

    /// - Parameter lastArrival: the time of the latest row: the clock does not go behind it.
    init(anchor: Anchor?, lastArrival: Int64, tuning: JournalTuning) {
        bootTime = tuning.bootClockMilliseconds
        wallTime = tuning.wallClockMilliseconds
        let (boot, wall, id) = (bootTime(), wallTime(), tuning.bootID())
        var now = max(wall, 1)
        if let anchor {
            let sameBoot = id != 0 && anchor.bootID == id && boot >= anchor.bootTime
            now = anchor.time &+ max(0, sameBoot ? boot &- anchor.bootTime : wall &- anchor.wallTime)
        }
        opened = Anchor(time: max(now, lastArrival), bootID: id, bootTime: boot, wallTime: wall)
    }

    var now: Int64 {
        opened.time + max(0, bootTime() - opened.bootTime)
    }

    /// This instant, for the disk.
    var anchor: Anchor {
        let boot = bootTime()
        return Anchor(
            time: opened.time + max(0, boot - opened.bootTime), bootID: opened.bootID, bootTime: boot,
            wallTime: wallTime())
    }

    /// Whether an anchor on disk no longer tells the wall clock's relation to the others.
    func isOutdated(_ anchor: Anchor?) -> Bool {
        guard let anchor, anchor.bootID == opened.bootID else { return true }
        let drift = (wallTime() &- anchor.wallTime) &- (bootTime() &- anchor.bootTime)
        return drift.magnitude > UInt64(Self.stepMilliseconds)
    }
}
