import GRDB

/// The tables of `journal.sqlite`, format version 1.
///
/// - `batches`: a row a batch, see RowLayout.swift.
/// - `endpoints`: slot, name and cursor; every event of the endpoint below the cursor is settled.
/// - `subjects`: the log of sequence numbers whose rows are trimmed, see `SubjectSegment`.
/// - `dead_letters`: events that are not tried again, each with a layout of its own: the `headers`
///   of a row with that one event.
/// - `state`: `next_offset`, so that offsets are not reused once every row is trimmed.
///
/// An event below every cursor may be trimmed. `next_offset` and `subjects` are written in the
/// transaction that trims.
enum Schema {
    static let formatVersion = 1
    /// "twrt"
    static let applicationID = 0x7477_7274

    static let tables = """
        CREATE TABLE batches (
            first_offset INTEGER PRIMARY KEY,
            count INTEGER NOT NULL,
            endpoints INTEGER NOT NULL,
            headers_checksum INTEGER NOT NULL,
            bodies_checksum INTEGER NOT NULL,
            sequences BLOB NOT NULL,
            headers BLOB NOT NULL,
            bodies BLOB NOT NULL);
        CREATE TABLE endpoints (
            slot INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            cursor INTEGER NOT NULL);
        CREATE TABLE subjects (
            segment INTEGER PRIMARY KEY,
            checksum INTEGER NOT NULL,
            entries BLOB NOT NULL);
        CREATE TABLE dead_letters (
            id INTEGER PRIMARY KEY,
            endpoint TEXT NOT NULL,
            event_offset INTEGER NOT NULL,
            condition TEXT NOT NULL,
            description TEXT NOT NULL,
            recorded_at_ms INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            headers BLOB NOT NULL,
            bodies BLOB NOT NULL,
            UNIQUE (endpoint, event_offset));
        CREATE TABLE state (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO state VALUES ('next_offset', 0);
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """

    /// Runs on every connection before anything else, and before the file is changed.
    static func check(_ database: Database, path: String) throws {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let objects = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0 && version == 0 && objects == 0 { return }
        guard application == applicationID else {
            throw JournalError.notAJournal(path: path, reason: "its application id is \(application)")
        }
        guard version == formatVersion else {
            throw JournalError.unknownFormatVersion(path: path, found: version, known: formatVersion)
        }
    }

    static func create(_ database: Database) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version == 0 else { return }
        try database.inTransaction(.immediate) {
            try database.execute(sql: tables)
            return .commit
        }
    }
}
