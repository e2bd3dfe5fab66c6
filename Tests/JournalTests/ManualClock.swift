import Dispatch
import Journal
import Synchronization

/// A clock that a test sets, as the journal sees clocks.
final class ManualClock: Sendable {
    private struct State {
        var boot: Int64 = 1_000_000
        var wall: Int64 = 1_800_000_000_000
        var bootID: Int64 = 1
    }

    private let state = Mutex(State())

    func pass(_ time: Duration) {
        let milliseconds = Int64(time / .milliseconds(1))
        state.withLock {
            $0.boot += milliseconds
            $0.wall += milliseconds
        }
    }

    /// Somebody sets the wall clock.
    func stepWall(_ time: Duration) {
        state.withLock { $0.wall += Int64(time / .milliseconds(1)) }
    }

    func reboot() {
        state.withLock {
            $0.boot = 5
            $0.bootID += 1
        }
    }

    var tuning: JournalTuning {
        var tuning = JournalTuning.quiet
        tuning.watchDelay = .seconds(3600)
        tuning.bootClockMilliseconds = { [self] in state.withLock { $0.boot } }
        tuning.wallClockMilliseconds = { [self] in state.withLock { $0.wall } }
        tuning.bootID = { [self] in state.withLock { $0.bootID } }
        return tuning
    }
}

extension Duration {
    static let year = Duration.seconds(365 * 24 * 3600)
}
