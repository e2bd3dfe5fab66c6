import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Holds a data folder for one `Journal`. The kernel lets go of it when the process ends, however
/// it ends, so there is no stale lock to clean up.
final class FolderLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Throws ``JournalError/folderLocked(folder:holder:)`` or
    /// ``JournalError/folderUnusable(folder:reason:)``.
    init(folder: String) throws(JournalError) {
        let path = folder + "/journal.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw .folderUnusable(folder: folder, reason: "\(path): \(Self.reason(errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = Self.holder(descriptor)
            _ = close(descriptor)
            if code == EWOULDBLOCK { throw .folderLocked(folder: folder, holder: holder) }
            throw .folderUnusable(folder: folder, reason: "\(path): \(Self.reason(code))")
        }
        // For the error message of whoever comes second; nothing depends on it.
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        release()
    }

    /// Lets go of the folder. Idempotent.
    func release() {
        descriptor.withLock { descriptor in
            if let descriptor {
                // Not by closing alone: a process that is being started at this moment has a copy
                // of the descriptor until it becomes its program.
                _ = flock(descriptor, LOCK_UN)
                _ = close(descriptor)
            }
            descriptor = nil
        }
    }

    /// Creates the folder with its parents and makes their names durable.
    static func create(folder: String) throws(JournalError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .folderUnusable(folder: folder, reason: error.localizedDescription)
        }
        // All of them, not only those that were missing: an earlier start may have made them and
        // ended before it got here.
        var parent = folder
        for _ in 0..<64 where !isRoot(parent) {
            parent += "/.."
            try synchronize(folder: parent)
        }
    }

    /// Makes the names in a folder durable. A folder that may not be opened, or a file system that
    /// cannot sync folders, is left alone: what is in there was not made by this program, or cannot
    /// be made safer.
    static func synchronize(folder: String) throws(JournalError) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) != 0, errno != EINVAL, errno != EROFS, errno != EBADF else { return }
        throw .folderUnusable(folder: folder, reason: "syncing it failed: \(reason(errno))")
    }

    private static func isRoot(_ folder: String) -> Bool {
        var (here, above) = (stat(), stat())
        guard stat(folder, &here) == 0, stat(folder + "/..", &above) == 0 else { return true }
        return here.st_ino == above.st_ino && here.st_dev == above.st_dev
    }

    private static func holder(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let length = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard length > 0 else { return nil }
        let text = String(decoding: bytes.prefix(length), as: UTF8.self)
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? nil : String(digits)
    }

    private static func reason(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
