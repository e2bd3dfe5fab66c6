import Foundation

/// The time that delivery goes by; tests have one of their own.
public protocol DeliveryClock: Sendable {
    /// Since some fixed instant; never goes back, whatever the wall clock does.
    var now: Duration { get }
    /// Milliseconds since 1970, for people only.
    var wallMilliseconds: Int64 { get }
    /// - Throws: `CancellationError`.
    func sleep(until time: Duration) async throws
}

/// The system's clocks.
public struct SystemDeliveryClock: DeliveryClock {
    private let start = ContinuousClock.now

    public init() {}

    public var now: Duration { start.duration(to: .now) }
    public var wallMilliseconds: Int64 { Int64(Date.now.timeIntervalSince1970 * 1000) }

    public func sleep(until time: Duration) async throws {
        try await Task.sleep(until: start + time, clock: .continuous)
    }
}
