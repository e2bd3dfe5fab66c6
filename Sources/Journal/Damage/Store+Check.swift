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

    /// Copies a row that cannot be read to a file of its own, before it is trimmed: its numbers in a
    /// line of JSON, then the bytes of its three blobs. Once a row, and as well as it can.
    func setAside(_ row: StoredRow) {
        let file = "\(path.dropLast("journal.sqlite".count))journal-damaged-row-\(row.firstOffset).bin"
        guard !FileManager.default.fileExists(atPath: file) else { return }
        let head = """
            {"first_offset":\(row.firstOffset),"count":\(row.count),"endpoints":\(row.endpoints.bits),\
            "kind":\(row.kind),"sequences_bytes":\(row.sequences.count),"headers_bytes":\(row.headers.count),\
            "bodies_bytes":\(row.bodies.count)}

            """
        try? (Data(head.utf8) + row.sequences + row.headers + row.bodies).write(to: URL(fileURLWithPath: file))
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
