import Foundation
import ServiceLifecycle

/// Prints the greeting once the bridge listens to signals: whoever reads it may stop the bridge at once.
struct Announcement: Service {
    /// For what the greeting promises; it is printed then all the same.
    private static let patience: Duration = .seconds(10)

    let lines: [String]
    /// Returns when what the greeting promises is there.
    var ready: @Sendable () async -> Void = {}

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await ready() }
                group.addTask { try? await Task.sleep(for: Self.patience) }
                await group.next()
                group.cancelAll()
            }
        }
        for line in lines { print(line) }
        fflush(nil)
        try await gracefulShutdown()
    }
}
