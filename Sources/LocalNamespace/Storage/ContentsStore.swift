import Foundation
import GRDB
import Logging

/// Keeps the contents of entities in a file, `namespace.sqlite`. Everything is written before it is
/// acknowledged, so a process that is killed loses nothing of that; a machine that loses its power may
/// lose the latest, as a commit is not synced.
///
/// Called on the namespace's event loop only, which waits for the disk: with a data folder the
/// namespace is as fast as that.
final class ContentsStore {
    let path: String
    private let database: DatabaseQueue
    private let logger: Logger
    /// What of each partition the file has.
    var partitions: [PartitionKey: StoredRange] = [:]
    var queueIDs: [String: Int64] = [:]
    var entityIDs: [String: Int64] = [:]

    struct PartitionKey: Hashable {
        var entity: Int64
        var number: Int
    }

    struct StoredRange: Hashable {
        var first: Int64
        var next: Int64
    }

    /// - Throws: ``ContentsError``, also where another process has the folder.
    init(folder: String, logger: Logger) throws(ContentsError) {
        let path = folder + "/namespace.sqlite"
        self.path = path
        self.logger = logger
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            var configuration = GRDB.Configuration()
            configuration.label = "namespace"
            configuration.busyMode = .immediateError
            configuration.prepareDatabase { database in
                // Exclusive: the kernel lets go of it when the process ends, however it ends.
                try database.execute(sql: """
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = NORMAL;
                    PRAGMA cache_size = -4096;
                    """)
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write { try ContentsSchema.prepare($0, path: path) }
        } catch {
            throw Self.fault(error, path)
        }
    }

    private static func fault(_ error: any Error, _ path: String) -> ContentsError {
        switch error {
        case let error as ContentsError: error
        case let error as DatabaseError where error.resultCode == .SQLITE_BUSY:
            ContentsError(path: path, reason: "another process has it open")
        case let error as DatabaseError:
            ContentsError(path: path, reason: error.message ?? "error \(error.resultCode.rawValue)")
        default: ContentsError(path: path, reason: error.localizedDescription)
        }
    }

    /// - Throws: ``ContentsError``.
    func read<Result>(_ body: (Database) throws -> Result) throws(ContentsError) -> Result {
        do {
            return try database.read(body)
        } catch {
            throw Self.fault(error, path)
        }
    }

    /// All of it or nothing.
    ///
    /// - Throws: `Refusal`: what cannot be kept is not acknowledged.
    func write<Result>(_ body: (Database) throws -> Result) throws(Refusal) -> Result {
        do {
            return try database.write(body)
        } catch {
            let fault = Self.fault(error, path)
            logger.error("contents cannot be written", metadata: [LogKey.reason: "\(fault)"])
            throw Refusal("amqp:internal-error", "cannot be kept: \(fault.reason)")
        }
    }

    func close() {
        try? database.close()
    }
}

extension ArraySlice<UInt8> {
    /// For SQLite to bind.
    var data: Data { Data(self) }
}
