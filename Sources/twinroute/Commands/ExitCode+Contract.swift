import ArgumentParser

extension ExitCode {
    /// The exit codes of the command-line contract (design.md 5.1); 0, 1 and 64 are the parser's own.
    static let badConfiguration = ExitCode(78)
    static let interrupted = ExitCode(130)
}
