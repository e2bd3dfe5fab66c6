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
        /// Damaged journals that were set aside, by path.
        public var setAside: [String]
        public var subjects: Int
        public var deadLetters: Int
        public var deadLetterBytes: Int
        /// Pushed out by newer ones, since the journal was created.
        public var deadLettersEvicted: Int

        public init(_ statistics: JournalStatistics) {
            eventsStored = statistics.eventsStored
            bytesOnDisk = statistics.bytesOnDisk
            commits = statistics.commits
            failedCommits = statistics.failedCommits
            damagedEvents = statistics.damagedEvents
            setAside = statistics.setAside
            subjects = statistics.subjects
            deadLetters = statistics.deadLetters
            deadLetterBytes = statistics.deadLetterBytes
            deadLettersEvicted = statistics.deadLettersEvicted
        }
    }

    /// Whether events are taken in.
    public struct Intake: Sendable, Encodable {
        /// A limit that stops it.
        public struct Stop: Sendable, Encodable {
            /// `bytes`, `age` or `free-space`.
            public var limit: String
            /// The endpoint to blame; none for the disk.
            public var endpoint: String?
            public var message: String

            public init(_ reason: GateReason) {
                message = "\(reason)"
                switch reason {
                case .endpoint(let id, .bytes): (limit, endpoint) = ("bytes", "\(id)")
                case .endpoint(let id, .age): (limit, endpoint) = ("age", "\(id)")
                case .freeSpace: (limit, endpoint) = ("free-space", nil)
                }
            }
        }

        public var open: Bool
        public var stoppedBy: [Stop]

        public init(_ gate: IntakeGate) {
            stoppedBy = gate.reasons.map { Stop($0) }
            open = stoppedBy.isEmpty
        }
    }

    public var version: String
    public var intake: Intake
    public var sources: [Source]
    public var journal: Store
    public var endpoints: [Endpoint]

    public init(version: String, intake: Intake, sources: [Source], journal: Store, endpoints: [Endpoint]) {
        self.version = version
        self.intake = intake
        self.sources = sources
        self.journal = journal
        self.endpoints = endpoints
    }
}
