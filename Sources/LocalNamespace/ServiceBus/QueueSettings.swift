/// How a queue or subscription treats its messages.
struct QueueSettings: Sendable, Hashable {
    var lockDuration: Milliseconds = 60_000
    var maxDeliveryCount: UInt32 = 10
    var defaultTimeToLive: Milliseconds?
    var requiresSession = false
    /// Nil: no duplicate detection.
    var duplicateWindow: Milliseconds?
    var deadLettersExpired = false
    var byteLimit = 64 << 20
    /// At the limit the oldest messages go; otherwise what comes is refused.
    var dropsOldest = false
    /// Where its messages go instead; nil: they stay.
    var forwardTo: String?
    var forwardDeadLettersTo: String?
}
