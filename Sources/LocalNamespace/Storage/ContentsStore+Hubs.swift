import Foundation
import GRDB

/// An entity as the file has it.
struct StoredEntity: Hashable {
    var name: String
    var createdAt: Milliseconds
    /// 0 where it is no event hub.
    var partitions: Int
}

extension ContentsStore {
    /// In the order in which they were made.
    func entities() throws(ContentsError) -> [StoredEntity] {
        let rows = try read { try Row.fetchAll($0, sql: "SELECT id, name, created_at_ms, partitions FROM entities ORDER BY id") }
        return rows.map { row in
            entityIDs[(row["name"] as String).lowercased()] = row["id"]
            return StoredEntity(name: row["name"], createdAt: row["created_at_ms"], partitions: row["partitions"])
        }
    }

    /// An entity that is there already stays as it is.
    func add(_ entity: StoredEntity) throws(Refusal) {
        guard entityIDs[entity.name.lowercased()] == nil else { return }
        entityIDs[entity.name.lowercased()] = try write { database in
            try database.execute(
                sql: "INSERT INTO entities (name, created_at_ms, partitions) VALUES (?, ?, ?)",
                arguments: [entity.name, entity.createdAt, entity.partitions])
            return database.lastInsertedRowID
        }
    }

    /// The partition as it was.
    func restore(_ partition: inout Partition, number: Int, of hub: String) throws(ContentsError) {
        guard let entity = entityIDs[hub.lowercased()] else { return }
        let (state, events) = try read { database in
            let state = try Row.fetchOne(
                database, sql: "SELECT * FROM partitions WHERE entity = ? AND number = ?", arguments: [entity, number])
            let rows = try Row.fetchCursor(
                database, sql: "SELECT * FROM events WHERE entity = ? AND partition = ? ORDER BY sequence",
                arguments: [entity, number])
            var events: [Partition.Event] = []
            while let row = try rows.next() {
                let bytes: Data = row["bytes"]
                let arrival: Int64 = row["arrival"]
                events.append(Partition.Event(
                    bytes: [UInt8](bytes)[...], sequence: row["sequence"], offset: row["event_offset"],
                    enqueuedAt: row["enqueued_at_ms"], partitionKey: row["partition_key"],
                    arrival: UInt64(bitPattern: arrival)))
            }
            return (state, events)
        }
        guard let state else { return }
        let next: Int64 = state["next_sequence"]
        guard events.isEmpty || (events.last?.sequence == next - 1 && events.first?.sequence == next - Int64(events.count)) else {
            throw ContentsError(path: path, reason: "events of partition \(number) of '\(hub)' are missing")
        }
        partition.restore(
            events, nextSequence: next, nextOffset: state["next_offset"], lastOffset: state["last_offset"],
            lastAt: state["last_at_ms"])
        partitions[PartitionKey(entity: entity, number: number)] = StoredRange(first: partition.firstSequence, next: next)
    }

    /// Writes what came since, and takes out what went.
    func save(_ hub: [Partition], of name: String) throws(Refusal) {
        guard let entity = entityIDs[name.lowercased()] else { return }
        let changed = hub.indices.filter { number in
            let stored = partitions[PartitionKey(entity: entity, number: number)]
            return stored != StoredRange(first: hub[number].firstSequence, next: hub[number].nextSequence)
                && (stored != nil || hub[number].nextSequence > 0)
        }
        guard !changed.isEmpty else { return }
        try write { database in
            for number in changed {
                let stored = partitions[PartitionKey(entity: entity, number: number)] ?? StoredRange(first: 0, next: 0)
                try Self.save(hub[number], number: number, of: entity, after: stored, in: database)
            }
        }
        for number in changed {
            partitions[PartitionKey(entity: entity, number: number)] = StoredRange(
                first: hub[number].firstSequence, next: hub[number].nextSequence)
        }
    }

    private static func save(
        _ partition: Partition, number: Int, of entity: Int64, after stored: StoredRange, in database: Database
    ) throws {
        let insert = try database.cachedStatement(sql: """
            INSERT INTO events (entity, partition, sequence, event_offset, enqueued_at_ms, arrival, partition_key, bytes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        var next = stored.next
        while let event = partition.event(atOrAfter: next) {
            try insert.execute(arguments: [
                entity, number, event.sequence, event.offset, event.enqueuedAt, Int64(bitPattern: event.arrival),
                event.partitionKey, event.bytes.data,
            ])
            next = event.sequence + 1
        }
        if partition.firstSequence > stored.first {
            try database.cachedStatement(sql: "DELETE FROM events WHERE entity = ? AND partition = ? AND sequence < ?")
                .execute(arguments: [entity, number, partition.firstSequence])
        }
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO partitions VALUES (?, ?, ?, ?, ?, ?)").execute(arguments: [
            entity, number, partition.nextSequence, partition.nextOffset, partition.last?.offset ?? 0,
            partition.last?.enqueuedAt ?? 0,
        ])
    }
}
