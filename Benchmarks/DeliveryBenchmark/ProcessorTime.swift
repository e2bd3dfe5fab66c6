import Foundation
import NIOCore

/// Seconds of processor time.
enum ProcessorTime {
    static var ofProcess: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    /// Of the thread of a group with one.
    static func ofThread(of group: any EventLoopGroup) async throws -> Double {
        try await group.next().submit { seconds(CLOCK_THREAD_CPUTIME_ID) }.get()
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
