import GRDB

/// The tables of `namespace.sqlite`, format version 1. They mirror what is in memory, and the bounds
/// of memory are theirs.
///
/// - `entities`: every entity that was ever used; `partitions` is 0 where it is no event hub.
/// - `partitions`: where the next event of each goes. Neither number starts again when events go.
/// - `events`: what the partitions hold.
/// - `queues`: queues, subscriptions and dead-letter queues by their path.
/// - `messages`: what they hold. `state` is `StoredState`; a lock is not kept, it ends with the process.
/// - `sessions`: the state that a receiver gave a session.
enum ContentsSchema {
    static let formatVersion = 1
    /// "twrn"
    static let applicationID = 0x7477_726e

    static let tables = """
        CREATE TABLE entities (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            created_at_ms INTEGER NOT NULL,
            partitions INTEGER NOT NULL);
        CREATE TABLE partitions (
            entity INTEGER NOT NULL,
            number INTEGER NOT NULL,
            next_sequence INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            last_offset INTEGER NOT NULL,
            last_at_ms INTEGER NOT NULL,
            PRIMARY KEY (entity, number)) WITHOUT ROWID;
        CREATE TABLE events (
            entity INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            event_offset INTEGER NOT NULL,
            enqueued_at_ms INTEGER NOT NULL,
            arrival INTEGER NOT NULL,
            partition_key TEXT,
            bytes BLOB NOT NULL,
            PRIMARY KEY (entity, partition, sequence));
        CREATE TABLE queues (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL UNIQUE COLLATE NOCASE,
            last_sequence INTEGER NOT NULL,
            requires_session INTEGER NOT NULL);
        CREATE TABLE messages (
            queue INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            state INTEGER NOT NULL,
            enqueued_at_ms INTEGER NOT NULL,
            due_at_ms INTEGER,
            expires_at_ms INTEGER,
            delivery_count INTEGER NOT NULL,
            dead_letter_source TEXT,
            bytes BLOB NOT NULL,
            PRIMARY KEY (queue, sequence));
        CREATE TABLE sessions (
            queue INTEGER NOT NULL,
            id TEXT NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (queue, id)) WITHOUT ROWID;
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """

    static func prepare(_ database: Database, path: String) throws {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let objects = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0, version == 0, objects == 0 { return try database.execute(sql: tables) }
        guard application == applicationID else {
            throw ContentsError(path: path, reason: "this is no local namespace's file; name another folder")
        }
        guard version == formatVersion else {
            throw ContentsError(path: path, reason: "its format version is \(version), and \(formatVersion) is known here")
        }
    }
}
