#if canImport(Glibc)
    import Glibc
#endif

/// One line on a terminal that grows; nothing where standard error is no terminal.
struct ProgressBar {
    private let total: Int
    private let unit: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastDrawn: ContinuousClock.Instant?
    private static let width = 30

    init(total: Int, unit: String) {
        self.total = max(1, total)
        self.unit = unit
    }

    /// Draws at most ten times a second.
    mutating func update(_ done: Int, perSecond: Double, now: ContinuousClock.Instant = .now) {
        guard isTerminal else { return }
        if let lastDrawn, now - lastDrawn < .milliseconds(100), done < total { return }
        lastDrawn = now
        let filled = min(Self.width, done * Self.width / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        write("\r\(bar) \(done)/\(total) \(unit), \(Int(perSecond))/s\u{1B}[K")
    }

    func clear() {
        guard isTerminal else { return }
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
