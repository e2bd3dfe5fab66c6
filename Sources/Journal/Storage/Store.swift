import Foundation
import GRDB
import Notifications

/// The database file: one writing connection and a few reading ones. Knows SQL and nothing of
/// what the numbers mean.
final class Store: Sendable {
    let folder: String
    let path: String
    let pool: DatabasePool
    private let lock: FolderLock

    /// Pages of 8 KiB: a row of 300 KB is a chain of 37, and the commit of a single small event
    /// still writes few bytes.
    static let pageBytes = 8192

    /// Before the first table is made.
    static var newFilePragmas: String {
        """
        PRAGMA page_size = \(pageBytes);
        PRAGMA auto_vacuum = INCREMENTAL;
        """
    }

    convenience init(folder: String, durability: Durability) throws(JournalError) {
        try FolderLock.create(folder: folder)
        let lock = try FolderLock(folder: folder)
        try self.init(folder: folder, lock: lock, durability: durability, logBytes: JournalTuning().logBytes)
    }

    /// `lock` is let go of by ``close()``.
    init(folder: String, lock: FolderLock, durability: Durability, logBytes: Int) throws(JournalError) {
        self.lock = lock
        let path = folder + "/journal.sqlite"
        self.path = path
        self.folder = folder

        var configuration = GRDB.Configuration()
        configuration.label = "journal"
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try Schema.check(database, path: path)
            if !database.configuration.readonly {
                try database.execute(sql: Self.newFilePragmas)
            }
            try database.execute(sql: "PRAGMA cache_size = -4096")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // A disk that fails at the wrong moment leaves SQLite with a rollback journal and
                // no error, and a commit of that kind is undone by a power loss right after it.
                let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "none"
                guard mode == "wal" else {
                    throw JournalError.storage(StorageFault(
                        code: ResultCode.SQLITE_IOERR.rawValue, operation: "opening \(path)",
                        message: "the write-ahead log could not be turned on, the mode is \(mode)"))
                }
                // After GRDB, which sets NORMAL when it turns the log on.
                try database.execute(sql: """
                    PRAGMA synchronous = \(durability.synchronous);
                    PRAGMA wal_autocheckpoint = \(max(1, logBytes / Self.pageBytes));
                    PRAGMA journal_size_limit = \(logBytes);
                    """)
                try Schema.create(database)
            }
            // SQLite does so too, but says nothing when it fails.
            try FolderLock.synchronize(folder: folder)
        } catch let error as JournalError {
            throw error
        } catch {
            throw Self.fault(error, "opening \(path)")
        }
    }

    /// GRDB's errors as ours.
    static func fault(_ error: any Error, _ operation: String) -> JournalError {
        switch error {
        case let error as JournalError:
            return error
        case let error as DatabaseError where error.resultCode == .SQLITE_MISUSE && error.message == "Connection is closed":
            return .closed
        case let error as DatabaseError:
            return .storage(StorageFault(
                code: error.extendedResultCode.rawValue, operation: operation,
                message: error.message ?? "no message"))
        default:
            return .storage(StorageFault(code: 1, operation: operation, message: "\(error)"))
        }
    }

    /// Runs `work` in a write transaction: all of it or nothing.
    func transaction<R>(_ operation: String, _ work: (Database) throws -> R) throws(JournalError) -> R {
        do {
            return try pool.writeWithoutTransaction { database in
                var result: R?
                try database.inTransaction(.immediate) {
                    result = try work(database)
                    return .commit
                }
                guard let result else { throw DatabaseError(message: "transaction without result") }
                return result
            }
        } catch {
            throw noted(error, operation)
        }
    }

    /// Runs `work` on the writing connection, outside a transaction.
    func direct<R>(_ operation: String, _ work: (Database) throws -> R) throws(JournalError) -> R {
        do {
            return try pool.writeWithoutTransaction(work)
        } catch {
            throw noted(error, operation)
        }
    }

    /// Runs `work` on a reading connection, blocking the thread.
    func read<R>(_ operation: String, _ work: (Database) throws -> R) throws(JournalError) -> R {
        do {
            return try pool.read(work)
        } catch {
            throw noted(error, operation)
        }
    }

    /// Runs `work` on a reading connection; the task waits without holding a thread.
    func read<R: Sendable>(
        _ operation: String, _ work: @escaping @Sendable (Database) throws -> R
    ) async throws(JournalError) -> R {
        do {
            return try await pool.read(work)
        } catch {
            throw noted(error, operation)
        }
    }

    /// Copies the log into the file, closes every connection and lets go of the folder.
    func close() throws(JournalError) {
        defer { lock.release() }
        do {
            _ = try pool.writeWithoutTransaction { database in try database.checkpoint(.truncate) }
            try pool.close()
        } catch {
            throw Self.fault(error, "closing \(path)")
        }
    }

    /// For tests: makes the file unable to grow by more than `pages`, or lifts that.
    func limitGrowth(toPages pages: Int?) throws(JournalError) {
        try direct("limiting the file") { database in
            let now = try Self.pages(database).all
            try database.execute(sql: "PRAGMA max_page_count = \(pages.map { now + $0 } ?? 1_073_741_823)")
        }
    }

    /// Bytes of the file and its log.
    var bytesOnDisk: Int64 {
        [path, path + "-wal"].reduce(0) { sum, path in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            return sum + (size?.int64Value ?? 0)
        }
    }
}

extension [UInt8] {
    /// The bytes for SQLite to bind, without a copy; valid during the call only.
    func withBoundData<R>(_ body: (Data) throws -> R) rethrows -> R {
        try withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return try body(Data()) }
            return try body(Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count, deallocator: .none))
        }
    }
}

extension Row {
    /// A blob as an array of its own: the one copy between SQLite and a body.
    func bytes(_ index: Int) throws -> [UInt8] {
        try withUnsafeData(atIndex: index) { $0.map { [UInt8]($0) } ?? [] }
    }

    func int64(_ index: Int) -> Int64 {
        // A column of another type is damage that the checksums find.
        Int64.fromDatabaseValue(self[index] as DatabaseValue) ?? 0
    }
}
