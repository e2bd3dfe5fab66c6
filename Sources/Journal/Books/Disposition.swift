/// Why an event is not given to its endpoint again.
public enum Disposition: Sendable, Hashable, CaseIterable {
    /// The far side has it.
    case delivered
    /// It was too old to be of use.
    case expired
    /// The operator's limit made it leave.
    case dropped
}

/// What became of an event that an endpoint was given.
enum Settlement: UInt8, Sendable {
    case open
    /// On its way into the dead letters: no longer to be settled in another way, but still waiting.
    case condemned
    case delivered, expired, dropped, deadLettered

    init(_ disposition: Disposition) {
        switch disposition {
        case .delivered: self = .delivered
        case .expired: self = .expired
        case .dropped: self = .dropped
        }
    }

    var isFinal: Bool { self != .open && self != .condemned }
}

/// Events by what became of them. Dead letters are counted where they are written.
struct SettlementCounts: Sendable, Hashable {
    var delivered = 0
    var expired = 0
    var dropped = 0

    var isEmpty: Bool { self == SettlementCounts() }

    mutating func add(_ settlement: Settlement, _ count: Int = 1) {
        switch settlement {
        case .delivered: delivered += count
        case .expired: expired += count
        case .dropped: dropped += count
        case .open, .condemned, .deadLettered: break
        }
    }

    static func += (left: inout SettlementCounts, right: SettlementCounts) {
        left.delivered += right.delivered
        left.expired += right.expired
        left.dropped += right.dropped
    }

    static func -= (left: inout SettlementCounts, right: SettlementCounts) {
        left.delivered -= right.delivered
        left.expired -= right.expired
        left.dropped -= right.dropped
    }
}
