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

    /// Creates the folder with its parents and makes its name durable.
    static func create(folder: String) throws(JournalError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .folderUnusable(folder: folder, reason: error.localizedDescription)
        }
        synchronize(folder: folder)
        synchronize(folder: folder + "/..")
    }

    private static func synchronize(folder: String) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        _ = close(descriptor)
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
