import AMQP

/// The faults that are on.
struct FaultTable {
    /// What becomes of a message that came.
    enum Fate: Equatable {
        case take
        case reject(condition: String, description: String)
        case release
        case cut
    }

    private struct Entry {
        var fault: Fault
        var seen = 0
        var struck = 0
        var bucket: TokenBucket?
    }

    private var entries: [Int: Entry] = [:]
    private var lastID = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ fault: Fault, at now: Milliseconds) -> Int {
        lastID += 1
        var entry = Entry(fault: fault)
        if case .throttle(let units) = fault.kind { entry.bucket = TokenBucket(units: units, at: now) }
        entries[lastID] = entry
        return lastID
    }

    /// False where there is none of that number.
    mutating func remove(_ id: Int) -> Bool { entries.removeValue(forKey: id) != nil }

    mutating func removeAll() { entries = [:] }

    /// Those that are on, oldest first.
    mutating func list(at now: Milliseconds) -> [(id: Int, fault: Fault, struck: Int)] {
        expire(at: now)
        return entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value.fault, $0.value.struck) }
    }

    private mutating func expire(at now: Milliseconds) {
        guard !entries.isEmpty else { return }
        entries = entries.filter { $0.value.fault.until.map { $0 > now } ?? true && $0.value.fault.left != 0 }
    }

    /// Strikes that a fault carried out at the moment it was made.
    mutating func note(_ id: Int, struck count: Int) { entries[id]?.struck += count }

    private mutating func strike(_ id: Int) {
        note(id, struck: 1)
        guard let left = entries[id]?.fault.left else { return }
        entries[id]?.fault.left = left - 1
        if left <= 1 { entries[id] = nil }
    }

    private mutating func first(_ entity: String?, at now: Milliseconds, where matches: (Fault.Kind) -> Bool) -> Int? {
        expire(at: now)
        return entries.keys.sorted().first { id in
            guard let fault = entries[id]?.fault else { return false }
            return matches(fault.kind) && (entity.map { fault.concerns($0) } ?? true)
        }
    }

    // MARK: Questions

    /// - Parameters:
    ///   - events: how many the transfer brings.
    ///   - bytes: their size together.
    mutating func fate(of entity: String, events: Int, bytes: Int, at now: Milliseconds) -> Fate {
        guard !entries.isEmpty else { return .take }
        expire(at: now)
        for id in entries.keys.sorted() {
            guard let fault = entries[id]?.fault, fault.concerns(entity), let fate = struck(id, fault, events, bytes, at: now)
            else { continue }
            strike(id)
            return fate
        }
        return .take
    }

    private mutating func struck(_ id: Int, _ fault: Fault, _ events: Int, _ bytes: Int, at now: Milliseconds) -> Fate? {
        switch fault.kind {
        case .throttle(let units):
            guard entries[id]?.bucket?.take(events: events, bytes: bytes, at: now) == false else { return nil }
            return .reject(
                condition: "com.microsoft:server-busy",
                description: "The request was terminated because the entity is being throttled (\(units) throughput units). Error code: 50002. Please wait 4 seconds and try again.")
        case .reject(let every, let condition):
            return isTurn(id, every) ? .reject(condition: condition, description: "rejected on request, one in \(every)") : nil
        case .release(let every): return isTurn(id, every) ? .release : nil
        case .cutMidFrame(let every): return isTurn(id, every) ? .cut : nil
        case .disableEntity:
            return .reject(condition: "com.microsoft:entity-disabled", description: "'\(fault.entity ?? "")' is disabled on request")
        default: return nil
        }
    }

    private mutating func isTurn(_ id: Int, _ every: Int) -> Bool {
        entries[id]?.seen += 1
        return (entries[id]?.seen ?? 0).isMultiple(of: max(1, every))
    }

    mutating func refusesKey(rule: String, isPrimary: Bool, at now: Milliseconds) -> Bool {
        guard !entries.isEmpty else { return false }
        let found = first(nil, at: now) { kind in
            guard case .refuseKey(let name, let choice) = kind, name == nil || name == rule else { return false }
            return choice == .both || (choice == .primary) == isPrimary
        }
        if let found { strike(found) }
        return found != nil
    }

    mutating func refusesTokens(at now: Milliseconds) -> Bool {
        guard !entries.isEmpty else { return false }
        guard let found = first(nil, at: now, where: { $0 == .expireToken }) else { return false }
        strike(found)
        return true
    }

    mutating func refusesConnections(at now: Milliseconds) -> Bool {
        guard !entries.isEmpty, let found = first(nil, at: now, where: { $0 == .forceClose }) else { return false }
        strike(found)
        return true
    }

    mutating func isDisabled(_ entity: String, at now: Milliseconds) -> Bool {
        guard !entries.isEmpty else { return false }
        guard let found = first(entity, at: now, where: { $0 == .disableEntity }) else { return false }
        strike(found)
        return true
    }

    mutating func withholdsCredit(_ entity: String, at now: Milliseconds) -> Bool {
        guard !entries.isEmpty else { return false }
        guard let found = first(entity, at: now, where: { $0 == .withholdCredit }) else { return false }
        strike(found)
        return true
    }

    mutating func dispositionDelay(_ entity: String, at now: Milliseconds) -> Milliseconds? {
        guard !entries.isEmpty else { return nil }
        let found = first(entity, at: now) { if case .delayDispositions = $0 { true } else { false } }
        guard let found, case .delayDispositions(let delay)? = entries[found]?.fault.kind else { return nil }
        strike(found)
        return delay
    }

    /// The limit that a link has reached on which nothing moved for so long.
    mutating func reachedIdleLimit(_ entity: String, idleFor age: Milliseconds, at now: Milliseconds) -> Milliseconds? {
        let found = first(entity, at: now) { if case .detachIdle(let limit) = $0 { limit <= age } else { false } }
        guard let found, case .detachIdle(let limit)? = entries[found]?.fault.kind else { return nil }
        strike(found)
        return limit
    }
}

/// What throughput units allow: so many events and bytes a second, one second's worth at once.
struct TokenBucket: Sendable {
    private let eventsPerSecond: Double
    private let bytesPerSecond: Double
    private var events: Double
    private var bytes: Double
    private var last: Milliseconds

    init(units: Int, at now: Milliseconds) {
        eventsPerSecond = Double(max(1, units)) * 1000
        bytesPerSecond = Double(max(1, units)) * 1_000_000
        (events, bytes) = (eventsPerSecond, bytesPerSecond)
        last = now
    }

    /// A batch larger than a second's worth goes when the bucket is full.
    mutating func take(events count: Int, bytes size: Int, at now: Milliseconds) -> Bool {
        let seconds = Double(max(0, now - last)) / 1000
        last = max(last, now)
        events = min(eventsPerSecond, events + seconds * eventsPerSecond)
        bytes = min(bytesPerSecond, bytes + seconds * bytesPerSecond)
        guard events >= min(Double(count), eventsPerSecond), bytes >= min(Double(size), bytesPerSecond) else { return false }
        events -= Double(count)
        bytes -= Double(size)
        return true
    }
}
