/// Something that goes wrong on request.
struct Fault: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// Tokens and logins with that key are refused; nil: with any.
        case refuseKey(rule: String?, key: KeyChoice)
        /// Tokens that were put are over, and new ones are refused for as long as it lasts.
        case expireToken
        /// `com.microsoft:server-busy` beyond so many throughput units of 1000 events/s and 1 MB/s.
        case throttle(units: Int)
        /// Links on which nothing moves for so long are detached.
        case detachIdle(after: Milliseconds)
        /// Connections are closed with `amqp:connection:forced`.
        case forceClose
        /// Senders get no more credit.
        case withholdCredit
        case reject(oneIn: Int, condition: String)
        case release(oneIn: Int)
        /// Outcomes of what is sent come late.
        case delayDispositions(by: Milliseconds)
        /// The TCP connection ends within a frame.
        case cutMidFrame(oneIn: Int)
        /// Links are refused and detached with `com.microsoft:entity-disabled`.
        case disableEntity
    }

    enum KeyChoice: String, Sendable, Hashable {
        case primary, secondary, both
    }

    var kind: Kind
    /// Nil: all of them.
    var entity: String?
    /// Nil: until it is taken back, or used up.
    var until: Milliseconds?
    /// How often it still strikes; nil: every time.
    var left: Int?

    func concerns(_ entity: String) -> Bool {
        self.entity.map { $0.lowercased() == entity.lowercased() } ?? true
    }

    /// Whether it does all it does at the moment it is made.
    var strikesOnce: Bool {
        switch kind {
        case .forceClose, .expireToken: until == nil
        default: false
        }
    }
}
