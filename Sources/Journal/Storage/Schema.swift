import GRDB

/// The tables of `journal.sqlite`, format version 2.
///
/// - `batches`: a row a batch, see RowLayout.swift. `kind` is `RowKind`; `arrived_at_ms` is the
///   time of the commit on the journal's own clock (`JournalClock`), 0 in rows of version 1.
/// - `endpoints`: slot, name and cursor; every event of the endpoint below the cursor is settled.
///   The other columns are the endpoint's books, see `EndpointBooks` and BooksLayout.swift.
/// - `subjects`: the log of sequence numbers whose rows are trimmed, see `SubjectSegment`.
/// - `dead_letters`: events that are not tried again, each with a layout of its own: the `headers`
///   and `bodies` of a row with that one event. `tries` is `DeliveryTry.encode`. A checksum is
///   null in a letter of version 1.
/// - `tombstones`: events at or above their endpoint's cursor that are dead letters, or were: they
///   stay settled, whatever becomes of the letter.
/// - `marks`: what tells a message of a broker that comes again from a new one, see `IntakeMarks`.
///   A row a commit and source; the checksum is that of `entries`.
/// - `state`: single numbers. `next_offset`, so that offsets are not reused once every row is
///   trimmed; `unwanted` and `redriven`, see BooksLayout.swift; `letters_evicted`; and the clock's
///   anchor `clock_*`, see `JournalClock`.
///
/// An event below every cursor may be trimmed. `next_offset`, `subjects` and the books are written
/// in the transaction that trims.
enum Schema {
    static let formatVersion = 2
    /// "twrt"
    static let applicationID = 0x7477_7274

    private static let batches = """
        CREATE TABLE batches (
            first_offset INTEGER PRIMARY KEY,
            count INTEGER NOT NULL,
            endpoints INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            arrived_at_ms INTEGER NOT NULL,
            headers_checksum INTEGER NOT NULL,
            bodies_checksum INTEGER NOT NULL,
            sequences BLOB NOT NULL,
            headers BLOB NOT NULL,
            bodies BLOB NOT NULL);
        """
    private static let endpoints = """
        CREATE TABLE endpoints (
            slot INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            cursor INTEGER NOT NULL,
            start_offset INTEGER NOT NULL,
            received_base INTEGER NOT NULL,
            unwanted_base INTEGER NOT NULL,
            counted_to INTEGER NOT NULL,
            not_routed INTEGER NOT NULL DEFAULT 0,
            delivered INTEGER NOT NULL DEFAULT 0,
            expired INTEGER NOT NULL DEFAULT 0,
            dropped INTEGER NOT NULL DEFAULT 0,
            dead_lettered INTEGER NOT NULL DEFAULT 0);
        """
    private static let deadLetters = """
        CREATE TABLE dead_letters (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            endpoint TEXT NOT NULL,
            event_offset INTEGER NOT NULL,
            condition TEXT NOT NULL,
            recorded_at_ms INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            headers_checksum INTEGER,
            bodies_checksum INTEGER,
            description TEXT NOT NULL,
            tries BLOB NOT NULL,
            headers BLOB NOT NULL,
            bodies BLOB NOT NULL,
            UNIQUE (endpoint, event_offset));
        CREATE INDEX dead_letters_by_reason ON dead_letters (endpoint, condition);
        """
    private static let newInVersion2 = """
        CREATE TABLE tombstones (
            endpoint TEXT NOT NULL,
            event_offset INTEGER NOT NULL,
            PRIMARY KEY (endpoint, event_offset)) WITHOUT ROWID;
        CREATE TABLE marks (
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            count INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            entries BLOB NOT NULL);
        CREATE INDEX marks_by_source ON marks (source, id);
        """
    private static let unchanged = """
        CREATE TABLE subjects (
            segment INTEGER PRIMARY KEY,
            checksum INTEGER NOT NULL,
            entries BLOB NOT NULL);
        CREATE TABLE state (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO state VALUES ('next_offset', 0);
        """

    static var tables: String {
        """
        \(batches)
        \(endpoints)
        \(deadLetters)
        \(newInVersion2)
        \(unchanged)
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """
    }

    /// Copies what version 1 kept in other columns. The books begin at each endpoint's cursor:
    /// nobody counted what came before.
    private static var fromVersion1: String {
        """
        ALTER TABLE batches RENAME TO batches_1;
        ALTER TABLE endpoints RENAME TO endpoints_1;
        ALTER TABLE dead_letters RENAME TO dead_letters_1;
        \(batches)
        \(endpoints)
        \(deadLetters)
        \(newInVersion2)
        INSERT INTO batches SELECT first_offset, count, endpoints, 0, 0, headers_checksum, bodies_checksum,
            sequences, headers, bodies FROM batches_1 ORDER BY first_offset;
        INSERT INTO tombstones SELECT l.endpoint, l.event_offset
            FROM dead_letters_1 l JOIN endpoints_1 e ON e.name = l.endpoint WHERE l.event_offset >= e.cursor;
        INSERT INTO endpoints (slot, name, cursor, start_offset, received_base, unwanted_base, counted_to, dead_lettered)
            SELECT slot, name, cursor, cursor, cursor, 0, cursor,
                (SELECT count(*) FROM tombstones t WHERE t.endpoint = name) FROM endpoints_1;
        INSERT INTO dead_letters SELECT id, endpoint, event_offset, condition, recorded_at_ms, sequence,
            length(headers) + length(bodies), NULL, NULL, description, x'', headers, bodies
            FROM dead_letters_1 ORDER BY id;
        DROP TABLE batches_1;
        DROP TABLE endpoints_1;
        DROP TABLE dead_letters_1;
        PRAGMA user_version = \(formatVersion);
        """
    }

    /// Runs on every connection before anything else, and before the file is changed.
    static func check(_ database: Database, path: String) throws {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let objects = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0 && version == 0 && objects == 0 { return }
        guard application == applicationID else {
            let names = try Set(String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
            if names.isSuperset(of: ["batches", "endpoints", "subjects", "dead_letters", "state"]) {
                throw JournalError.storage(StorageFault(
                    code: ResultCode.SQLITE_CORRUPT.rawValue, operation: "opening \(path)",
                    message: "its application id is \(application)"))
            }
            throw JournalError.notAJournal(path: path, reason: "its application id is \(application)")
        }
        guard version == formatVersion || version == 1 else {
            throw JournalError.unknownFormatVersion(path: path, found: version, known: formatVersion)
        }
    }

    /// Makes the tables of a new file, and those of this version from those of version 1, in one
    /// transaction.
    static func create(_ database: Database) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version < formatVersion else { return }
        try database.inTransaction(.immediate) {
            try database.execute(sql: version == 0 ? tables : fromVersion1)
            return .commit
        }
    }
}
