import GRDB
import Logging

/// Opens the database of a folder, damaged or not.
///
/// SQLite's own check (`Store.check`), and the checksums of what an opening reads, tell. A file
/// with a part that cannot be read is set aside whole, and what is readable of it goes on in
/// a new one (see `Salvage`). Should even that fail, for want of space say, rows that cannot be read
/// are passed over, and a file that cannot be opened is set aside without salvage: damage never
/// keeps the program from starting.
struct JournalOpening {
    let folder: String
    let durability: Durability
    let tuning: JournalTuning
    let figures: Figures

    func open() throws(JournalError) -> (store: Store, recovery: Recovery) {
        try FolderLock.create(folder: folder)
        let lock = try FolderLock(folder: folder)
        let salvage = Salvage(folder: folder)
        try salvage.finish()

        let reason: String
        do throws(JournalError) {
            let opened = try attempt(lock)
            guard opened.recovery.damage > 0 else { return opened }
            reason = "\(opened.recovery.damage) rows cannot be read"
            try? opened.store.pool.close()
        } catch {
            guard error.isDamage else { throw error }
            reason = "\(error)"
        }
        setAside(salvage, reason)
        return try attempt(lock)
    }

    private func attempt(_ lock: FolderLock) throws(JournalError) -> (store: Store, recovery: Recovery) {
        let store = try Store(folder: folder, lock: lock, durability: durability, logBytes: tuning.logBytes)
        do throws(JournalError) {
            try store.check()
            return (store, try Recovery(store: store, figures: figures, tuning: tuning))
        } catch {
            try? store.pool.close()
            throw error
        }
    }

    private func setAside(_ salvage: Salvage, _ reason: String) {
        let time = tuning.wallClockMilliseconds()
        do {
            let report = try salvage.run(atMilliseconds: time)
            figures.setAside(report, reason: reason)
        } catch {
            figures.logger.error("nothing could be salvaged of a damaged journal", metadata: [
                JournalLogKeys.reason: "\(error)"
            ])
            // Opens in spite of its damage? Then it is better served as it is.
            guard !salvage.isReadable else { return }
            if let name = try? salvage.setAsideWhole(atMilliseconds: time) {
                figures.setAside(SalvageReport(file: name), reason: reason)
            }
        }
    }
}
