#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum SystemError {
    /// The text of an `errno` value.
    static func text(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, strerror_r(code, base, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: base)
        }
    }

    /// `nil` when the file can be opened for reading.
    static func readFault(path: String) -> String? {
        guard !path.utf8.contains(0) else { return "the path holds U+0000" }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return text(errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return text(errno) }
        return status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : nil
    }
}
