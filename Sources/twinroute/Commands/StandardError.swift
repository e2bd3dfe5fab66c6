#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is for people while the work goes on, and never part of a command's result.
enum StandardError {
    static func print(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
