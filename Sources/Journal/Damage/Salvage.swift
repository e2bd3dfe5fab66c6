import Foundation
import GRDB

/// Sets a damaged `journal.sqlite` aside as `journal-damaged-<time>.sqlite`, and makes a new one of
/// all of it that can be read and whose checksums are right.
///
/// The damaged file is not written to: rows are read from a copy. The new file takes its place in
/// steps that a later start finishes if this one is killed: once `journal-salvaged-<time>.sqlite`
/// has that name it is whole and on disk, and counts.
struct Salvage {
    let folder: String

    private var database: String { folder + "/journal.sqlite" }
    private var copy: String { folder + "/journal-salvage-copy.sqlite" }
    private var part: String { folder + "/journal-salvage-part.sqlite" }
    private static let salvagedPrefix = "journal-salvaged-"
    private static let damagedPrefix = "journal-damaged-"

    private var files: FileManager { .default }

    func run(atMilliseconds time: Int64) throws -> SalvageReport {
        clean()
        defer { clean() }
        try copyFiles()
        try makePart()
        var report = try SalvagedRows(from: readableCopy(), to: part).copyAll()
        try synchronize(part)
        let stamp = unusedStamp(time)
        try move(part, to: folder + "/" + Self.salvagedPrefix + stamp + ".sqlite")
        try FolderLock.synchronize(folder: folder)
        try finish()
        report.file = damaged(stamp)
        return report
    }

    /// Whether SQLite opens the file, damage or no damage in it.
    var isReadable: Bool {
        (try? probe(database)) != nil
    }

    /// Gives up what is in the file; it stays for whoever knows more.
    func setAsideWhole(atMilliseconds time: Int64) throws -> String {
        clean()
        let stamp = unusedStamp(time)
        try replaceOld(stamp)
        try FolderLock.synchronize(folder: folder)
        return damaged(stamp)
    }

    /// Puts a salvaged file in its place that an earlier run made and did not get to. Each step may
    /// have been done already.
    func finish() throws(JournalError) {
        do {
            let names = try files.contentsOfDirectory(atPath: folder).filter {
                $0.hasPrefix(Self.salvagedPrefix) && $0.hasSuffix(".sqlite")
            }
            for name in names.sorted() {
                try replaceOld(String(name.dropFirst(Self.salvagedPrefix.count).dropLast(".sqlite".count)))
                try FolderLock.synchronize(folder: folder)
                try move(folder + "/" + name, to: database)
                try FolderLock.synchronize(folder: folder)
            }
        } catch let error as JournalError {
            throw error
        } catch {
            throw .folderUnusable(folder: folder, reason: "a salvaged journal cannot be put in place: \(error)")
        }
    }

    // MARK: Files

    private func damaged(_ stamp: String) -> String {
        folder + "/" + Self.damagedPrefix + stamp + ".sqlite"
    }

    /// The log first: a new file must never meet the log of an old one.
    private func replaceOld(_ stamp: String) throws {
        for suffix in ["-wal", "-journal", ""] where files.fileExists(atPath: database + suffix) {
            try move(database + suffix, to: damaged(stamp) + suffix)
        }
        try? files.removeItem(atPath: database + "-shm")
    }

    private func clean() {
        for path in [copy, part] {
            for suffix in ["", "-wal", "-shm", "-journal"] { try? files.removeItem(atPath: path + suffix) }
        }
    }

    private func copyFiles() throws {
        for suffix in ["", "-wal", "-journal"] where files.fileExists(atPath: database + suffix) {
            try files.copyItem(atPath: database + suffix, toPath: copy + suffix)
        }
    }

    private func move(_ path: String, to other: String) throws {
        guard rename(path, other) == 0 else {
            throw JournalError.folderUnusable(folder: folder, reason: "\(path): \(String(cString: strerror(errno)))")
        }
    }

    private func synchronize(_ path: String) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.synchronize()
        try file.close()
    }

    private func unusedStamp(_ milliseconds: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
        let stamp = formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
        let candidates = [stamp] + (2...1000).map { "\(stamp)-\($0)" }
        return candidates.first { !files.fileExists(atPath: damaged($0)) } ?? stamp + "-" + UUID().uuidString
    }

    // MARK: Databases

    private func makePart() throws {
        let queue = try DatabaseQueue(path: part)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: Store.newFilePragmas)
            try Schema.create(database)
        }
        try queue.close()
    }

    private func probe(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.read { database in _ = try Row.fetchAll(database, sql: "SELECT * FROM sqlite_master") }
        try queue.close()
    }

    /// The copy, with the first page of a new file if its own cannot be read: tables are made in
    /// the same order in every file, so that their roots are on the same pages.
    private func readableCopy() throws -> String {
        guard (try? probe(copy)) == nil else { return copy }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: copy))
        let template = try FileHandle(forReadingFrom: URL(fileURLWithPath: part))
        guard var page = try template.read(upToCount: Store.pageBytes), page.count == Store.pageBytes else {
            throw DatabaseError(message: "no first page")
        }
        let pages = UInt32(clamping: try file.seekToEnd() / UInt64(Store.pageBytes))
        page.replaceSubrange(18..<20, with: [2, 2])  // the log is in use
        page.replaceSubrange(28..<32, with: withUnsafeBytes(of: pages.bigEndian) { Data($0) })
        page.replaceSubrange(32..<40, with: Data(count: 8))  // no free pages
        try file.seek(toOffset: 0)
        try file.write(contentsOf: page)
        try file.close()
        try probe(copy)
        return copy
    }
}
