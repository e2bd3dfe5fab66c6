import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A program that is run to its end, with bounds on its time and output.
///
/// Not Foundation's `Process`, which does not survive more than about a thousand open files.
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
        guard let output = Pipe(), let errors = Pipe() else { return .notStarted(String(cString: strerror(errno))) }
        let end = ContinuousClock.now + limit
        var started = spawn(output, errors)
        // A program that somebody is writing, or that a child of another thread has open for a moment yet.
        while started == .failure(SpawnError(code: ETXTBSY)), ContinuousClock.now < end {
            poll(nil, 0, 5)
            started = spawn(output, errors)
        }
        let child: pid_t
        switch started {
        case .success(let id): child = id
        case .failure(let error): return .notStarted(String(cString: strerror(error.code)))
        }
        // The child has copies of its own.
        output.closeInput()
        errors.closeInput()
        if let texts = read([output, errors], until: end), let status = Self.end(of: child, until: end) {
            return .ended(Self.exitCode(status), output: texts[0], errors: texts[1])
        }
        // With what it has started itself: it is a group of its own.
        kill(-child, SIGKILL)
        while waitpid(child, nil, 0) == -1, errno == EINTR {}
        return .timeOver
    }

    /// As `waitpid` gives it; `nil` where the child goes on, though it has closed its outputs.
    private static func end(of child: pid_t, until end: ContinuousClock.Instant) -> Int32? {
        var status: Int32 = 0
        while waitpid(child, &status, WNOHANG) != child {
            guard ContinuousClock.now < end else { return nil }
            poll(nil, 0, 5)
        }
        return status
    }

    private struct SpawnError: Error, Equatable {
        let code: Int32
    }

    private func spawn(_ output: Pipe, _ errors: Pipe) -> Swift.Result<pid_t, SpawnError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writing, 2)
        // Default signals: the bridge ignores some that it waits for by other means.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        defer { words.forEach { free($0) } }
        words.append(nil)
        var child: pid_t = 0
        let code = posix_spawn(&child, program, &actions, &attributes, words, environ)
        return code == 0 ? .success(child) : .failure(SpawnError(code: code))
    }

    /// As shells tell it, where a signal ended the child.
    private static func exitCode(_ status: Int32) -> Int32 {
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Until all are at their end; `nil` where that takes too long, or is too much.
    private func read(_ pipes: [Pipe], until end: ContinuousClock.Instant) -> [[UInt8]]? {
        var polled = pipes.map { pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0) }
        var texts = pipes.map { _ in [UInt8]() }
        while polled.contains(where: { $0.fd >= 0 }) {
            let rest = end - ContinuousClock.now
            guard rest > .zero else { return nil }
            let milliseconds = rest.components.seconds * 1000 + 1 + rest.components.attoseconds / 1_000_000_000_000_000
            guard poll(&polled, nfds_t(polled.count), Int32(clamping: milliseconds)) >= 0 || errno == EINTR else { return nil }
            for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
                guard let bytes = pipes[index].read() else {
                    polled[index].fd = -1
                    continue
                }
                texts[index] += bytes
                guard texts[index].count <= Self.maximumBytes else { return nil }
            }
        }
        return texts
    }
}

/// Both ends of a pipe, closed with it.
private final class Pipe {
    let reading: Int32
    private(set) var writing: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        closeInput()
        close(reading)
    }

    func closeInput() {
        if writing >= 0 { close(writing) }
        writing = -1
    }

    /// What is there, none where a signal came; `nil` at the end.
    func read() -> ArraySlice<UInt8>? {
        #if canImport(Glibc)
            let count = Glibc.read(reading, &buffer, buffer.count)
        #else
            let count = Darwin.read(reading, &buffer, buffer.count)
        #endif
        if count > 0 { return buffer.prefix(count) }
        return count < 0 && errno == EINTR ? [] : nil
    }
}
