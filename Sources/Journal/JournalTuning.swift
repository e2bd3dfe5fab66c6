import Dispatch
import Foundation

/// Sizes and times of a journal. The defaults are meant for everyone; tests make them small.
public struct JournalTuning: Sendable {
    /// Bytes of the latest batches, as they are on disk, that stay in memory, where they take some three times
    /// that. An endpoint that is further behind reads the disk, faster than anything comes in.
    public var recentBytes = 8 * 1024 * 1024
    /// Bytes that may wait for the writer before ``Journal/append(_:completion:)`` blocks.
    public var queueBytes = 64 * 1024 * 1024
    /// The longest that a cursor on disk stays behind the one in memory while nothing is appended.
    public var cursorDelay: DispatchTimeInterval = .milliseconds(200)
    /// How long the writer rests after a commit before it trims and shrinks the file.
    public var maintenanceDelay: DispatchTimeInterval = .seconds(1)
    /// Rows that may be trimmed are trimmed in the middle of a load once they hold this much.
    public var trimBehindBytes = 32 * 1024 * 1024
    /// Rows are deleted in transactions of about this much.
    public var trimChunkBytes = 8 * 1024 * 1024
    /// The log is copied into the file once it has about this many bytes, and cut to it after.
    public var logBytes = 16 * 1024 * 1024
    /// Free space that stays in the file for the next events.
    public var slackBytes = 16 * 1024 * 1024
    /// How often the limits are looked after while nothing is appended.
    public var watchDelay: DispatchTimeInterval = .seconds(1)
    /// Free bytes on the disk of a folder; `nil` where that cannot be told.
    public var freeBytes: @Sendable (String) -> Int64? = SystemDisk.freeBytes
    /// What is kept of dead letters.
    public var deadLetterLimits = DeadLetterLimits()
    /// Milliseconds since 1970-01-01T00:00:00Z, for the dead letters and for the time that the
    /// machine was off.
    public var wallClockMilliseconds: @Sendable () -> Int64 = {
        Int64((Date().timeIntervalSince1970 * 1000).rounded())
    }

    /// Milliseconds since the machine booted, those of its sleep included.
    public var bootClockMilliseconds: @Sendable () -> Int64 = SystemClock.bootMilliseconds
    /// Differs from boot to boot.
    public var bootID: @Sendable () -> Int64 = SystemClock.bootID

    public init() {}
}
