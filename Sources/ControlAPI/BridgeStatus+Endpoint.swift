import Azure
public import Delivery
import Notifications

extension BridgeStatus {
    public struct Endpoint: Sendable, Encodable {
        public var id: String
        public var connected: Bool
        /// As docs/delivery.md names them.
        public var state: String
        public var stateSeconds: Double
        /// `primary` or `secondary`.
        public var keyInUse: String
        public var keys: [Key]
        /// Until the next try, or until sending goes on.
        public var waitSeconds: Double?
        /// Tries to connect that failed, in a row.
        public var failures: Int
        public var delivered: Int
        public var deadLettered: Int
        public var returned: Int
        public var sessions: Int
        public var waiting: Int
        public var underWay: Int
        public var lastFailure: String?
        public var lastFailureKind: String?

        public struct Key: Sendable, Encodable {
            /// `primary` or `secondary`.
            public var name: String
            /// `untested`, `works`, `refused` or `unknown`.
            public var health: String
            /// The far side's word, where it did not accept the key.
            public var condition: String?
        }

        public init(_ outbox: Outbox) {
            let statistics = outbox.statistics
            id = "\(outbox.endpoint)"
            connected = statistics.isConnected
            state = statistics.state.rawValue
            stateSeconds = statistics.stateAge.inSeconds
            keyInUse = statistics.keyInUse.rawValue
            keys = [Key(.primary, statistics.primaryKey)] + (statistics.secondaryKey.map { [Key(.secondary, $0)] } ?? [])
            waitSeconds = statistics.waitLeft?.inSeconds
            failures = statistics.failures
            delivered = statistics.delivered
            deadLettered = statistics.deadLettered
            returned = statistics.returned
            sessions = statistics.sessions
            waiting = outbox.waiting
            underWay = statistics.underWay
            lastFailure = statistics.lastFailure.map { "\($0)" }
            lastFailureKind = statistics.lastFailure?.kind.rawValue
        }
    }
}

extension BridgeStatus.Endpoint.Key {
    init(_ key: EndpointKey, _ health: KeyHealth) {
        self.init(name: key.rawValue, health: health.verdict.rawValue, condition: health.condition)
    }
}

extension Duration {
    /// To the millisecond.
    fileprivate var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1000
    }
}
