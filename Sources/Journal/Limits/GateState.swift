import Notifications

/// Why intake stops.
public enum GateReason: Sendable, Hashable {
    /// Which limit of an endpoint is reached.
    public enum Limit: Sendable, Hashable {
        case bytes
        case age
    }

    /// An endpoint whose policy is to block.
    case endpoint(EndpointID, Limit)
    /// Less is free on the disk of the data folder than the floor, in bytes.
    case freeSpace(available: Int64, floor: Int64)
}

extension GateReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .endpoint(let id, .bytes): "endpoint \(id) has its limit of bytes waiting"
        case .endpoint(let id, .age): "the oldest event of endpoint \(id) has reached its limit of age"
        case .freeSpace(let available, let floor):
            "\(available) bytes are free for the data folder, the floor is \(floor)"
        }
    }
}

/// When the gate closes and opens. It closes at a limit and opens at 90 % of it (the floor of free
/// space: at 110 %), so that it does not flap. Decides; does nothing else.
struct GateState {
    /// A blocking endpoint.
    struct Backlog {
        var id: EndpointID
        var limits: BacklogLimits
        var bytes: Int
        var age: Duration?
    }

    private(set) var reasons: [GateReason] = []

    mutating func update(_ backlogs: [Backlog], available: Int64?, floor: Int64?) {
        var next: [GateReason] = []
        for backlog in backlogs {
            let bytes = GateReason.endpoint(backlog.id, .bytes)
            let limit = backlog.limits.bytes
            if backlog.bytes >= limit || (reasons.contains(bytes) && backlog.bytes > limit - limit / 10) {
                next.append(bytes)
            }
            let old = GateReason.endpoint(backlog.id, .age)
            if let age = backlog.age, let limit = backlog.limits.age,
                age >= limit || (reasons.contains(old) && age > limit * 9 / 10) {
                next.append(old)
            }
        }
        if let available, let floor, available < floor || (isShort && available < floor + floor / 10) {
            next.append(.freeSpace(available: available, floor: floor))
        }
        reasons = next
    }

    private var isShort: Bool {
        reasons.contains { if case .freeSpace = $0 { true } else { false } }
    }
}
