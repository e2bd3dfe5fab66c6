import AMQP
import AMQPCodec

/// An event hub: its partitions, and the links that read them.
final class EventHub {
    struct Settings: Sendable, Hashable {
        var partitions: Int
        /// Nil: any name will do.
        var consumerGroups: [String]?
        /// Of all partitions together.
        var byteLimit: Int
        var retention: Duration?
    }

    private struct ReaderKey: Hashable {
        var group: String
        var partition: Int
    }

    let name: String
    let createdAt: Milliseconds
    let settings: Settings
    private(set) var partitions: [Partition]
    private var tables: [ReaderKey: ReaderTable] = [:]
    private var readers: [Int: any EventReader] = [:]
    private var readersOfPartition: [[Int]]
    private var lastReader = 0
    private var turn = 0
    private var arrivals: UInt64 = 0
    /// Nil: in memory only.
    private let storage: ContentsStore?

    init(name: String, settings: Settings, createdAt: Milliseconds, storage: ContentsStore? = nil) {
        self.name = name
        self.storage = storage
        self.settings = settings
        self.createdAt = createdAt
        let count = max(1, settings.partitions)
        let partition = Partition(byteLimit: settings.byteLimit / count, retention: settings.retention?.wholeMilliseconds)
        partitions = Array(repeating: partition, count: count)
        readersOfPartition = Array(repeating: [], count: count)
    }

    var count: Int { partitions.reduce(0) { $0 + $1.count } }

    func partitionIndex(_ id: String) throws(Refusal) -> Int {
        guard let index = Int(id), partitions.indices.contains(index), String(index) == id else {
            throw Refusal(
                "com.microsoft:argument-out-of-range",
                "event hub '\(name)' has partitions 0 to \(partitions.count - 1), not '\(id)'")
        }
        return index
    }

    /// Takes over what the file has of it.
    func restore(at now: Milliseconds) throws(ContentsError) {
        guard let storage else { return }
        for index in partitions.indices {
            try storage.restore(&partitions[index], number: index, of: name)
            arrivals = max(arrivals, partitions[index].event(atOrAfter: partitions[index].nextSequence - 1)?.arrival ?? 0)
            partitions[index].trim(at: now)
        }
    }

    // MARK: Publishing

    /// - Parameter partition: nil: by the partition key, or the next in turn.
    func publish(_ publication: Publication, to partition: Int?, at now: Milliseconds) throws(Refusal) {
        let key = publication.annotations["x-opt-partition-key"]?.text
        if key != nil, partition != nil {
            throw Refusal("amqp:not-allowed", "a partition key and a partition exclude each other")
        }
        let index: Int
        if let partition {
            index = partition
        } else if let key {
            index = PartitionKeyHash.partition(of: key, count: partitions.count)
        } else {
            index = turn
            turn = (turn + 1) % partitions.count
        }
        // A single message carries its key itself.
        let envelopeKey = publication.messages.count == 1 ? nil : key
        for message in publication.messages {
            arrivals += 1
            partitions[index].append(message, partitionKey: envelopeKey, arrival: arrivals, at: now)
        }
        // Nobody sees what a restart might take back.
        try storage?.save(partitions, of: name)
        for reader in readersOfPartition[index] { readers[reader]?.serve() }
    }

    func trim(at now: Milliseconds) {
        for index in partitions.indices { partitions[index].trim(at: now) }
    }

    var bytes: Int { partitions.reduce(0) { $0 + $1.bytes } }

    func shrink(to limit: Int) {
        for index in partitions.indices { partitions[index].shrink(to: limit / partitions.count) }
    }

    // MARK: Reading

    func hasConsumerGroup(_ group: String) -> Bool {
        guard let known = settings.consumerGroups else { return true }
        let group = group.lowercased()
        return group == "$default" || known.contains { $0.lowercased() == group }
    }

    /// Lets a reader in, and those out that have to give way to it.
    func join(_ reader: any EventReader, group: String, partition: Int, level: Int64?) throws(Refusal) -> Int {
        lastReader += 1
        let number = lastReader
        switch tables[ReaderKey(group: group.lowercased(), partition: partition), default: ReaderTable()]
            .admit(number, level: level)
        {
        case .stolen(let highest):
            throw Refusal(
                "amqp:link:stolen", "a receiver with owner level \(highest) reads partition \(partition) of consumer group \(group)")
        case .tooMany:
            throw Refusal(
                "amqp:resource-limit-exceeded",
                "\(ReaderTable.maximumReaders) receivers read partition \(partition) of consumer group \(group) already")
        case .accepted(let stolen):
            for loser in stolen {
                readers[loser]?.lose(ErrorCondition.told(
                    "amqp:link:stolen", "a receiver with owner level \(level ?? 0) took the partition over"))
                forget(loser)
            }
        }
        readers[number] = reader
        readersOfPartition[partition].append(number)
        return number
    }

    /// A reader of all partitions, which is in nobody's way.
    func join(_ reader: any EventReader) -> Int {
        lastReader += 1
        readers[lastReader] = reader
        for partition in partitions.indices { readersOfPartition[partition].append(lastReader) }
        return lastReader
    }

    func leave(_ reader: Int, group: String?, partition: Int?) {
        if let group, let partition {
            let key = ReaderKey(group: group.lowercased(), partition: partition)
            tables[key]?.leave(reader)
            if tables[key]?.isEmpty == true { tables[key] = nil }
        }
        forget(reader)
    }

    private func forget(_ reader: Int) {
        guard readers.removeValue(forKey: reader) != nil else { return }
        for partition in partitions.indices { readersOfPartition[partition].removeAll { $0 == reader } }
    }
}

/// A link that reads events.
protocol EventReader: AnyObject {
    /// Sends what there is, as far as the credit goes.
    func serve()
    /// Ends the link for the sake of another.
    func lose(_ condition: ErrorCondition)
}
