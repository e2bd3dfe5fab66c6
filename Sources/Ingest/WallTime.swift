#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An instant of the system's wall clock.
struct WallTime: Sendable {
    /// Units of 100 ns since 1970-01-01T00:00:00Z.
    var ticks: Int64

    var milliseconds: Int64 { ticks / 10_000 }

    @Sendable static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(ticks: Int64(time.tv_sec) * 10_000_000 + Int64(time.tv_nsec) / 100)
    }
}
