import Foundation
import ServiceLifecycle

/// Prints the greeting once the bridge listens to signals: whoever reads it may stop the bridge at once.
struct Announcement: Service {
    let lines: [String]

    func run() async throws {
        for line in lines { print(line) }
        fflush(nil)
        try await gracefulShutdown()
    }
}
