import AMQPCodec
import Foundation
import GRDB

/// A message's state in the file. One that is locked is active after a restart: locks end with the process.
enum StoredState: Int64 {
    case active, deferred, scheduled
}

extension QueuedMessage {
    /// What the file has beside the bytes.
    struct StoredFields: Hashable {
        var state: StoredState
        var dueAt: Milliseconds?
        var enqueuedAt: Milliseconds
        var expiresAt: Milliseconds?
        var deliveryCount: UInt32
    }

    var storedFields: StoredFields {
        var fields = StoredFields(
            state: .active, enqueuedAt: enqueuedAt, expiresAt: expiresAt, deliveryCount: deliveryCount)
        switch state {
        case .active, .locked: break
        case .deferred: fields.state = .deferred
        case .scheduled(let time): (fields.state, fields.dueAt) = (.scheduled, time)
        }
        return fields
    }
}

extension ContentsStore {
    /// Of the queues, subscriptions and dead-letter queues that the file has.
    func queuePaths() throws(ContentsError) -> [String] {
        let rows = try read { try Row.fetchAll($0, sql: "SELECT id, path FROM queues ORDER BY id") }
        return rows.map { row in
            queueIDs[(row["path"] as String).lowercased()] = row["id"]
            return row["path"]
        }
    }

    func hasQueue(_ path: String) -> Bool { queueIDs[path.lowercased()] != nil }

    func restore(_ queue: inout MessageQueue) throws(ContentsError) {
        guard let id = queueIDs[queue.path.lowercased()] else { return }
        let (state, rows, sessions) = try read { database in
            (
                try Row.fetchOne(database, sql: "SELECT * FROM queues WHERE id = ?", arguments: [id]),
                try Row.fetchAll(database, sql: "SELECT * FROM messages WHERE queue = ? ORDER BY sequence", arguments: [id]),
                try Row.fetchAll(database, sql: "SELECT id, state FROM sessions WHERE queue = ?", arguments: [id])
            )
        }
        guard let state else { return }
        let messages = try rows.map { row throws(ContentsError) in try message(row, queue.path) }
        if queue.settings.dropsOldest { queue.setRequiresSession(state["requires_session"]) }
        queue.restore(messages, lastSequence: state["last_sequence"])
        for row in sessions {
            let bytes: Data = row["state"]
            queue.sessions.setState([UInt8](bytes), of: row["id"])
        }
        queue.markSaved()
    }

    private func message(_ row: Row, _ queue: String) throws(ContentsError) -> QueuedMessage {
        let sequence: Int64 = row["sequence"]
        let bytes: Data = row["bytes"]
        guard var message = try? QueuedMessage([UInt8](bytes)[...]), let state = StoredState(rawValue: row["state"]) else {
            throw ContentsError(path: path, reason: "message \(sequence) of '\(queue)' cannot be read")
        }
        message.sequence = sequence
        message.enqueuedAt = row["enqueued_at_ms"]
        message.expiresAt = row["expires_at_ms"]
        message.deliveryCount = UInt32(clamping: row["delivery_count"] as Int64)
        message.deadLetterSource = row["dead_letter_source"]
        switch state {
        case .active: message.state = .active
        case .deferred: message.state = .deferred
        case .scheduled: message.state = .scheduled(at: row["due_at_ms"] ?? 0)
        }
        return message
    }

    /// Writes what changed since the queue was last saved.
    func save(_ queue: inout MessageQueue) throws(Refusal) {
        guard queue.isUnsaved else { return }
        let id = try write { database in
            let id = try queueID(queue, in: database)
            for sequence in queue.messages.changed {
                if let message = queue.messages[sequence] {
                    try Self.save(message, of: id, in: database)
                } else {
                    try database.cachedStatement(sql: "DELETE FROM messages WHERE queue = ? AND sequence = ?")
                        .execute(arguments: [id, sequence])
                }
            }
            for session in queue.sessions.changedStates {
                if let state = queue.sessions.state(of: session) {
                    try database.cachedStatement(sql: "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)")
                        .execute(arguments: [id, session, Data(state)])
                } else {
                    try database.cachedStatement(sql: "DELETE FROM sessions WHERE queue = ? AND id = ?")
                        .execute(arguments: [id, session])
                }
            }
            return id
        }
        queueIDs[queue.path.lowercased()] = id
        queue.markSaved()
    }

    private func queueID(_ queue: MessageQueue, in database: Database) throws -> Int64 {
        if let id = queueIDs[queue.path.lowercased()] {
            try database.cachedStatement(sql: "UPDATE queues SET last_sequence = ?, requires_session = ? WHERE id = ?")
                .execute(arguments: [queue.lastSequence, queue.settings.requiresSession, id])
            return id
        }
        try database.execute(
            sql: "INSERT INTO queues (path, last_sequence, requires_session) VALUES (?, ?, ?)",
            arguments: [queue.path, queue.lastSequence, queue.settings.requiresSession])
        return database.lastInsertedRowID
    }

    private static func save(_ message: QueuedMessage, of queue: Int64, in database: Database) throws {
        let fields = message.storedFields
        try database.cachedStatement(sql: """
            INSERT INTO messages (queue, sequence, state, enqueued_at_ms, due_at_ms, expires_at_ms, delivery_count,
                dead_letter_source, bytes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET state = excluded.state, enqueued_at_ms = excluded.enqueued_at_ms,
                due_at_ms = excluded.due_at_ms, expires_at_ms = excluded.expires_at_ms,
                delivery_count = excluded.delivery_count
            """).execute(arguments: [
                queue, message.sequence, fields.state.rawValue, fields.enqueuedAt, fields.dueAt, fields.expiresAt,
                Int64(fields.deliveryCount), message.deadLetterSource, message.bytes.data,
            ])
    }
}
