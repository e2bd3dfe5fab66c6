import Foundation
import Journal

extension JournalTuning {
    /// Nothing is written but what a caller waits for.
    static var quiet: JournalTuning {
        var tuning = JournalTuning()
        tuning.cursorDelay = .seconds(3600)
        tuning.maintenanceDelay = .seconds(3600)
        return tuning
    }
}

extension TemporaryFolder {
    /// The files as a kill at this instant leaves them, in a folder of their own. Nothing may be
    /// writing.
    func copyAsKilled() throws -> TemporaryFolder {
        let copy = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: copy.path, withIntermediateDirectories: true)
        for name in ["journal.sqlite", "journal.sqlite-wal"] where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
            try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        return copy
    }
}
