import Azure
public import Delivery
import Journal
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
        public var books: Books
        public var backlog: Backlog

        public struct Key: Sendable, Encodable {
            /// `primary` or `secondary`.
            public var name: String
            /// `untested`, `works`, `refused` or `unknown`.
            public var health: String
            /// The far side's word, where it did not accept the key.
            public var condition: String?
        }

        /// Promise 2: `received` is the sum of the others but `unaccounted`, which is 0 or an alarm.
        /// Kept over restarts.
        public struct Books: Sendable, Encodable {
            public var received: Int
            public var delivered: Int
            public var deadLettered: Int
            public var filtered: Int
            public var expired: Int
            public var dropped: Int
            public var waiting: Int
            public var unaccounted: Int
        }

        /// What waits, and how long it may go on waiting at the rates of the last half minute.
        public struct Backlog: Sendable, Encodable {
            public var bytes: Int
            public var limitBytes: Int?
            public var oldestSeconds: Double?
            public var arrivalsPerSecond: Double
            public var departuresPerSecond: Double
            /// 0 at the limit; absent where it is not approached.
            public var secondsUntilFull: Double?
            /// 0 when nothing waits; absent while the backlog does not shrink.
            public var secondsUntilDrained: Double?
        }

        /// - Parameter limitBytes: what may wait; `nil` where nothing limits it.
        public init(_ outbox: Outbox, limitBytes: Int?) {
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
            books = Books(outbox.books)
            backlog = Backlog(outbox.backlog, limitBytes: limitBytes)
        }
    }
}

extension BridgeStatus.Endpoint.Books {
    init(_ books: EndpointBooks) {
        self.init(
            received: books.received, delivered: books.delivered, deadLettered: books.deadLettered,
            filtered: books.filtered, expired: books.expired, dropped: books.dropped, waiting: books.waiting,
            unaccounted: books.unaccounted)
    }
}

extension BridgeStatus.Endpoint.Backlog {
    init(_ backlog: EndpointBacklog, limitBytes: Int?) {
        let clock = OutageClock(
            waitingBytes: Int64(backlog.bytes), limitBytes: limitBytes.map(Int64.init),
            rateIn: backlog.arrivals.bytesPerSecond, rateOut: backlog.departures.bytesPerSecond)
        self.init(
            bytes: backlog.bytes, limitBytes: limitBytes, oldestSeconds: backlog.oldestAge?.inSeconds,
            arrivalsPerSecond: backlog.arrivals.eventsPerSecond.toThousandths,
            departuresPerSecond: backlog.departures.eventsPerSecond.toThousandths,
            secondsUntilFull: clock.secondsUntilFull?.toThousandths,
            secondsUntilDrained: clock.secondsUntilDrained?.toThousandths)
    }
}

extension Double {
    fileprivate var toThousandths: Double { (self * 1000).rounded() / 1000 }
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
