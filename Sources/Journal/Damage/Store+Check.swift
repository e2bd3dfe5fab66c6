import Foundation
import GRDB

/// Looks for damage that no checksum of ours would find: in SQLite's own pages.
extension Store {
    /// Files up to this size are looked through at every opening; larger ones in the tables that
    /// the opening does not read anyway, unless SQLite has found damage since the last one.
    private static let wholeCheckBytes: Int64 = 64 * 1024 * 1024

    private var suspicionPath: String { path + "-suspect" }

    /// Throws ``JournalError/storage(_:)`` with SQLite's code 11 if there is damage.
    func check() throws(JournalError) {
        let isSuspect = FileManager.default.fileExists(atPath: suspicionPath)
        let isWhole = isSuspect || bytesOnDisk <= Self.wholeCheckBytes
        let pragmas = isWhole
            ? ["quick_check(1)"]
            : ["endpoints", "state", "subjects", "tombstones", "marks", "dead_letters"].map { "quick_check(\($0))" }
        try direct("checking the journal") { database in
            for pragma in pragmas {
                let answer = try String.fetchOne(database, sql: "PRAGMA \(pragma)") ?? "no answer"
                guard answer == "ok" else {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: answer)
                }
            }
        }
        if isSuspect { try? FileManager.default.removeItem(atPath: suspicionPath) }
    }

    /// The error as ours. If it says that the file is damaged, the next opening looks at all of it.
    func noted(_ error: any Error, _ operation: String) -> JournalError {
        let fault = Self.fault(error, operation)
        if fault.isDamage { _ = FileManager.default.createFile(atPath: suspicionPath, contents: nil) }
        return fault
    }
}

extension JournalError {
    /// SQLite found that the file itself is damaged.
    var isDamage: Bool {
        guard case .storage(let fault) = self else { return false }
        return fault.primaryCode == 11 || fault.primaryCode == 26
    }
}
