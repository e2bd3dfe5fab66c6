import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A program that is run to its end, with bounds on its time and output.
struct BoundedCommand: Sendable {
    static let maximumBytes = 1 << 20

    enum Result: Sendable, Hashable {
        case notStarted(String)
        case timeOver
        case ended(Int32, output: [UInt8], errors: [UInt8])
    }

    var program: String
    var arguments: [String]
    var limit: Duration

    /// On a thread of its own, for it waits.
    func run() async -> Result {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: runAndWait()) }
            thread.name = "command"
            thread.start()
        }
    }

    private func runAndWait() -> Result {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            return .notStarted(error.localizedDescription)
        }
        // The child has copies of its own.
        try? output.fileHandleForWriting.close()
        try? errors.fileHandleForWriting.close()
        let texts = read([output.fileHandleForReading, errors.fileHandleForReading])
        guard let texts else {
            // With what it has started itself: it is a group of its own.
            if kill(-process.processIdentifier, SIGKILL) != 0 { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            return .timeOver
        }
        process.waitUntilExit()
        return .ended(process.terminationStatus, output: texts[0], errors: texts[1])
    }

    /// Until all are at their end; `nil` where that takes too long, or is too much.
    private func read(_ files: [FileHandle]) -> [[UInt8]]? {
        let end = ContinuousClock.now + limit
        var polled = files.map { pollfd(fd: $0.fileDescriptor, events: Int16(POLLIN), revents: 0) }
        var texts = files.map { _ in [UInt8]() }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while polled.contains(where: { $0.fd >= 0 }) {
            let rest = end - ContinuousClock.now
            guard rest > .zero else { return nil }
            let milliseconds = rest.components.seconds * 1000 + 1 + rest.components.attoseconds / 1_000_000_000_000_000
            guard poll(&polled, nfds_t(polled.count), Int32(clamping: milliseconds)) >= 0 || errno == EINTR else { return nil }
            for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
                let count = readBytes(polled[index].fd, &buffer, buffer.count)
                if count > 0 {
                    texts[index] += buffer.prefix(count)
                    guard texts[index].count <= Self.maximumBytes else { return nil }
                } else if count == 0 || errno != EINTR {
                    polled[index].fd = -1
                }
            }
        }
        return texts
    }
}

/// `read` of the C library, whose name the method above has too.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int { read(file, buffer, count) }
