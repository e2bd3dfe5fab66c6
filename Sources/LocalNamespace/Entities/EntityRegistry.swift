import AMQP

/// The namespace's entities by name.
final class EntityRegistry {
    /// Names are made by whoever connects; somebody who makes up a million is stopped here.
    static let maximumCount = 1000

    private var entities: [String: Entity] = [:]
    private let defaults: EntityDefaults
    private let makesOnTheFly: Bool
    private let alarm: Alarm
    private let storage: ContentsStore?

    /// - Throws: ``ContentsError`` where the file does not go with what is declared, or cannot be read.
    init(
        declared: [EntityDefinition], makesOnTheFly: Bool, defaults: EntityDefaults, alarm: Alarm,
        storage: ContentsStore? = nil
    ) throws(ContentsError) {
        self.storage = storage
        self.defaults = defaults
        self.makesOnTheFly = makesOnTheFly
        self.alarm = alarm
        for definition in declared { add(definition.name, definition) }
        try restore()
    }

    private func restore() throws(ContentsError) {
        guard let storage else { return }
        let paths = try storage.queuePaths()
        for stored in try storage.entities() {
            if let hub = existing(stored.name)?.hub {
                guard stored.partitions == hub.partitions.count || stored.partitions == 0 else {
                    throw ContentsError(
                        path: storage.path,
                        reason: "event hub '\(stored.name)' has \(stored.partitions) partitions here, not \(hub.partitions.count); declare as many, or name another folder")
                }
            } else if makesOnTheFly, existing(stored.name) == nil {
                var defaults = defaults
                if stored.partitions > 0 { defaults.hub.partitions = stored.partitions }
                add(stored.name, nil, defaults: defaults, createdAt: stored.createdAt)
            }
        }
        for entity in all {
            do throws(Refusal) {
                try store(entity)
            } catch {
                throw ContentsError(path: storage.path, reason: error.condition.description ?? "")
            }
            try entity.restore(paths)
        }
    }

    private func store(_ entity: Entity) throws(Refusal) {
        try storage?.add(StoredEntity(
            name: entity.name, createdAt: entity.hub?.createdAt ?? alarm.now, partitions: entity.hub?.partitions.count ?? 0))
    }

    private func add(
        _ name: String, _ definition: EntityDefinition?, defaults: EntityDefaults? = nil, createdAt: Milliseconds? = nil
    ) {
        entities[name.lowercased()] = Entity(
            name, definition, defaults: defaults ?? self.defaults, alarm: alarm, createdAt: createdAt, storage: storage,
            forward: { [weak self] target, messages in
                // Where it cannot go there is nobody to tell.
                try? self?.existing(target)?.enqueue(messages)
            })
    }

    func existing(_ name: String) -> Entity? { entities[name.lowercased()] }

    var all: [Entity] { entities.values.sorted { $0.name < $1.name } }

    func entity(_ name: String) throws(Refusal) -> Entity {
        if let entity = existing(name) { return entity }
        guard makesOnTheFly else {
            throw Refusal("amqp:not-found", "The messaging entity '\(name)' could not be found.")
        }
        guard entities.count < Self.maximumCount, name.utf8.count <= 260 else {
            throw Refusal(
                "amqp:resource-limit-exceeded", "the local namespace has \(entities.count) entities already, or the name is too long")
        }
        add(name, nil)
        let made = try entity(name)
        try store(made)
        return made
    }

    /// Keeps all entities together within the limit: those that hold most let their oldest go.
    func enforce(totalBytes limit: Int) {
        var sizes = entities.values.map { (entity: $0, bytes: $0.bytes) }
        var total = sizes.reduce(0) { $0 + $1.bytes }
        guard total > limit else { return }
        sizes.sort { $0.bytes > $1.bytes }
        for (entity, bytes) in sizes where total > limit {
            entity.shrink(to: bytes / 2)
            total += entity.bytes - bytes
        }
    }

    func stop() {
        for entity in entities.values { entity.stop() }
        storage?.close()
    }
}
