import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// What is tried just now, on one line of a terminal; nothing where standard error is none.
final class CheckProgress: Sendable {
    private struct State {
        var done = 0
        var current: [String: String] = [:]
    }

    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex(State())

    init(total: Int) {
        self.total = total
    }

    func begin(_ target: String, _ step: String) {
        draw { $0.current[target] = step }
    }

    func finish(_ target: String) {
        draw { state in
            state.current[target] = nil
            state.done += 1
        }
    }

    func clear() {
        guard isTerminal else { return }
        write("\r\u{1B}[K")
    }

    private func draw(_ change: (inout State) -> Void) {
        let line = state.withLock { state in
            change(&state)
            let current = state.current.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
            return "\(state.done) of \(total) checked  \(current)"
        }
        guard isTerminal else { return }
        write("\r\(line.escapedForTerminal.cut(to: 100))\u{1B}[K")
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
