import Delivery
import Ingest
import Journal
import Notifications

/// Everything that the bridge counts, at one instant.
public struct BridgeStatus: Sendable, Encodable {
    public struct Source: Sendable, Encodable {
        /// A broker's name, or `http`.
        public var name: String
        public var received: Int
        public var journalled: Int
        public var recognised: Int
        public var filtered: Int
        public var refused: [String: Int]
        public var returned: Int

        public init(name: String, _ statistics: IngestStatistics) {
            self.name = name
            received = statistics.received
            journalled = statistics.journalled
            recognised = statistics.recognised
            filtered = statistics.filtered
            refused = statistics.refused
            returned = statistics.returned
        }
    }

    public struct Store: Sendable, Encodable {
        public var eventsStored: Int
        public var bytesOnDisk: Int64
        public var commits: Int
        public var failedCommits: Int
        public var damagedEvents: Int
        public var subjects: Int

        public init(_ statistics: JournalStatistics) {
            eventsStored = statistics.eventsStored
            bytesOnDisk = statistics.bytesOnDisk
            commits = statistics.commits
            failedCommits = statistics.failedCommits
            damagedEvents = statistics.damagedEvents
            subjects = statistics.subjects
        }
    }

    public var version: String
    public var sources: [Source]
    public var journal: Store
    public var endpoints: [Endpoint]

    public init(version: String, sources: [Source], journal: Store, endpoints: [Endpoint]) {
        self.version = version
        self.sources = sources
        self.journal = journal
        self.endpoints = endpoints
    }
}
