import AMQPCodec
import HeaderSerialization
import Notifications

/// Events of one route may share a batch, for a batch goes to one place as a whole.
enum BatchRoute: Hashable {
    /// The entity; events without a key.
    case entity
    /// A partition of an event hub, which the events' keys lead to.
    case partition(Int)
    /// The entity; events of one key.
    case key(String)
}

/// Which batch an event may go in.
///
/// Where the partitions of an event hub are known, the key's partition is found here, with the hash
/// of the service, and events of many keys share a batch to it: each keeps its key, the envelope has
/// none (reference 4.5). Elsewhere a batch holds events of one key, and the envelope has that key.
struct BatchRouting: Sendable {
    let writer: AMQPMessageWriter
    /// Ids of the hub's partitions, in the order of the hash; empty where they are not known.
    let partitions: [String]

    /// More would be more links than a session takes: the service allows 256 (reference 4.1).
    static let maximumPartitions = 200

    init(writer: AMQPMessageWriter, partitions: [String] = []) {
        self.writer = writer
        self.partitions = partitions.count <= Self.maximumPartitions ? partitions : []
    }

    func route(of notification: Notification) -> BatchRoute {
        guard let key = writer.partitionKey(of: notification) else { return .entity }
        guard !partitions.isEmpty else { return .key(key) }
        return .partition(PartitionKeyHash.partition(of: key, count: partitions.count))
    }

    /// Events of a subject that have different keys must not be one delivery.
    var mayShare: (@Sendable (Notification, Notification) -> Bool)? {
        switch writer.partitionBy {
        case .none, .partition, .subject: return nil
        case .attribute:
            let key = writer.partitionBy
            return { key.key(of: $0) == key.key(of: $1) }
        }
    }
}
