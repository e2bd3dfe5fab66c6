import Foundation
import MQTT
import Synchronization

/// Debian's mosquitto on a free loopback port, with a folder of its own; ends with this object.
final class Mosquitto: Sendable {
    let port: Int
    let folder: TemporaryFolder
    private let configurationFile: String
    private let process: Mutex<Process?>

    static let program = "/usr/sbin/mosquitto"

    /// `settings`: lines of mosquitto.conf after the listener's.
    init(port: Int? = nil, folder: TemporaryFolder? = nil, settings: [String] = ["allow_anonymous true"]) async throws {
        self.port = try port ?? LoopbackSocket.freePort()
        self.folder = try folder ?? TemporaryFolder()
        let lines = [
            "listener \(self.port) 127.0.0.1", "log_dest stderr", "log_type all", "user root",
            "persistence true", "persistence_location \(self.folder.path)/", "autosave_interval 1",
            "max_queued_messages 0",
        ]
        configurationFile = try self.folder.write((lines + settings).joined(separator: "\n") + "\n", to: "mosquitto.conf")
        process = Mutex(nil)
        try await start()
    }

    deinit {
        // Not SIGTERM: the child inherits the signal mask of the thread that started it, and the
        // threads of the concurrency runtime block that signal.
        process.withLock { process in
            if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    /// Returns when mosquitto says that it runs.
    func start() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Mosquitto.program)
        process.arguments = ["-c", configurationFile]
        let output = Pipe()
        process.standardError = output
        // Not ours: who waits for the end of our output would wait for the broker too.
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process.withLock { $0 = process }
        let reader = output.fileHandleForReading.fileDescriptor
        try await blocking {
            var log = ""
            // Read to the line that says so; the rest is read and dropped until the process ends.
            while !log.contains("running") {
                guard let more = LoopbackSocket.read(reader), !more.isEmpty else {
                    throw FakeBrokerFault(what: "mosquitto did not start: \(log)")
                }
                log += more
            }
        }
        Task.detached {
            _ = try? await blocking {
                while let more = LoopbackSocket.read(reader), !more.isEmpty {}
                withExtendedLifetime(output) {}
            }
        }
    }

    /// Ends the process by its id, `SIGKILL` unless it is to save its state.
    func stop(savingState: Bool = true) async throws {
        guard let process = process.withLock({ $0 }) else { return }
        let id = process.processIdentifier
        kill(id, savingState ? SIGTERM : SIGKILL)
        try await blocking { process.waitUntilExit() }
    }
}

/// A folder under the system's temporary one; removed with this object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "mqtt-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    /// Runs a program in this folder to its end.
    func run(_ program: String, _ arguments: String...) async throws {
        let path = path
        try await blocking {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: path)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw FakeBrokerFault(what: "\(program) \(arguments) ended with \(process.terminationStatus)")
            }
        }
    }
}
