import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#endif

/// Debian's mosquitto as a child process on loopback, for `serve` without a configuration.
struct EmbeddedBroker: Service {
    struct StartError: Error, CustomStringConvertible {
        let description: String
    }

    let host: String
    let port: Int
    private let child: ChildProcess
    private let logFile: String
    private let logger: Logger

    /// Starts the broker and waits until it takes connections.
    ///
    /// - Parameter folder: the broker's own files: configuration, log and stored messages.
    static func start(host: String, port: Int, folder: String, logger: Logger) async throws -> EmbeddedBroker {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let configurationFile = "\(folder)/mosquitto.conf"
        let logFile = "\(folder)/mosquitto.log"
        try configuration(host: host, port: port, folder: absolutePath(folder))
            .write(toFile: configurationFile, atomically: true, encoding: .utf8)
        let child = try await ChildProcess.start(
            program(), arguments: ["-c", absolutePath(configurationFile)], outputFile: logFile)
        let broker = EmbeddedBroker(host: host, port: port, child: child, logFile: logFile, logger: logger)
        try await broker.waitUntilListening()
        return broker
    }

    func run() async throws {
        let status = await withGracefulShutdownHandler {
            await child.wait()
        } onGracefulShutdown: {
            child.terminate()
        }
        guard Task.isShuttingDownGracefully || Task.isCancelled else {
            throw StartError(description: "mosquitto ended by itself (status \(status)); see \(logFile)")
        }
    }

    /// mosquitto lives in /usr/sbin, which is not on every user's path.
    private static func program() -> String {
        ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        } ?? "mosquitto"
    }

    private static func absolutePath(_ path: String) -> String {
        URL(fileURLWithPath: path).path
    }

    private static func configuration(host: String, port: Int, folder: String) -> String {
        """
        # Written by twinroute at every start; changes are lost.
        listener \(port) \(host)
        allow_anonymous true
        # Whoever runs the bridge runs the broker: a change of user would also undo the
        # arrangement that the broker ends with the bridge.
        user \(NSUserName())
        persistence true
        persistence_location \(folder)/
        # What the bridge has not read yet waits here, all of it.
        max_queued_messages 0
        max_inflight_messages 1000

        """
    }

    private func waitUntilListening() async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if await acceptsConnections() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        child.terminate()
        throw StartError(description: "mosquitto did not begin to listen on \(host):\(port) within 10 s; see \(logFile)")
    }

    private func acceptsConnections() async -> Bool {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.milliseconds(500))
                .connect(host: host, port: port)
                .get()
            try? await channel.close()
            return true
        } catch {
            return false
        }
    }
}
