import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A child process that ends with its parent, however the parent ends.
///
/// Linux sends the child a signal when the *thread* that started it ends, so one thread starts the
/// child and waits for it. `setpriv` (util-linux) asks for the signal; the shell after it leaves at
/// once if the parent died before that, and otherwise becomes the program.
final class ChildProcess: Sendable {
    struct StartError: Error, CustomStringConvertible {
        let program: String
        let code: Int32

        var description: String {
            "cannot start \(program): \(String(cString: strerror(code)))"
        }
    }

    /// Program and arguments as the shell gets them: `$1` is the parent's id, the rest the command.
    private static let startScript = #"test "$PPID" -eq "$1" && shift && exec "$@""#

    let processIdentifier: pid_t
    private let exit: Mutex<ExitState>

    private enum ExitState: Sendable {
        case running(waiters: [CheckedContinuation<Int32, Never>])
        case ended(status: Int32)
    }

    private init(processIdentifier: pid_t) {
        self.processIdentifier = processIdentifier
        exit = Mutex(.running(waiters: []))
    }

    /// - Parameter outputFile: where the child's output and errors are appended.
    /// - Throws: ``StartError``.
    static func start(_ program: String, arguments: [String], outputFile: String) async throws -> ChildProcess {
        let command =
            ["setpriv", "--pdeathsig", "TERM", "--", "sh", "-c", startScript, "sh", "\(getpid())", program] + arguments
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                let child: ChildProcess
                do {
                    child = ChildProcess(processIdentifier: try spawn(command, outputFile: outputFile))
                } catch {
                    continuation.resume(throwing: error)
                    return
                }
                continuation.resume(returning: child)
                var status: Int32 = 0
                while waitpid(child.processIdentifier, &status, 0) == -1, errno == EINTR {}
                child.ended(status: status)
            }
            thread.name = "child \(program)"
            thread.start()
        }
    }

    private static func spawn(_ command: [String], outputFile: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        // A group of its own: Ctrl-C in the terminal is for the bridge, which then ends the child in
        // its turn. Default signals: the bridge ignores some that it waits for by other means.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        defer { arguments.forEach { free($0) } }
        arguments.append(nil)
        var child: pid_t = 0
        let code = posix_spawnp(&child, command[0], &actions, &attributes, arguments, environ)
        guard code == 0 else { throw StartError(program: command[0], code: code) }
        return child
    }

    private func ended(status: Int32) {
        let waiters = exit.withLock { state -> [CheckedContinuation<Int32, Never>] in
            guard case .running(let waiters) = state else { return [] }
            state = .ended(status: status)
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Waits for the child's end; its status as `waitpid` gives it.
    func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = exit.withLock { state -> Int32? in
                switch state {
                case .running(let waiters):
                    state = .running(waiters: waiters + [continuation])
                    return nil
                case .ended(let status):
                    return status
                }
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    func terminate() {
        exit.withLock { state in
            // Once the child has ended its id may belong to another process.
            guard case .running = state else { return }
            kill(processIdentifier, SIGTERM)
        }
    }
}
