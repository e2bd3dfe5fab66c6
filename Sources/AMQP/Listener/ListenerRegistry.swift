import Synchronization

/// The clients that are connected.
final class ListenerRegistry: Sendable {
    private let connections = Mutex<Set<ListenerConnection>>([])
    private let lastID = Atomic<UInt64>(0)

    func nextID() -> UInt64 {
        lastID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    func add(_ connection: ListenerConnection) {
        _ = connections.withLock { $0.insert(connection) }
    }

    func remove(_ connection: ListenerConnection) {
        _ = connections.withLock { $0.remove(connection) }
    }

    var all: [ListenerConnection] {
        connections.withLock { Array($0) }
    }
}
