import Azure
import Journal
import Notifications

/// Which of an endpoint's events may be sent, and when: decides, and does nothing else.
///
/// Events of one subject stand in a lane, in the journal's order. Only the delivery at a lane's
/// front is under way, for a delivery can come back, and nothing behind it may be accepted before
/// it (promise 3). Other lanes go on meanwhile (promise 4, within an endpoint).
///
/// Invariants: `lanes[lane]` is the last event of a lane, or none; exactly the front of a lane is
/// ready, under way, paused or being buried, with `members - 1` events that share its delivery;
/// all behind are parked.
struct DeliverySchedule {
    struct Limits: Sendable {
        /// Events held: under way and parked. Design.md 4.1: 5,000 under way keep a link busy.
        var events = 8_192
        /// Bytes of their bodies.
        var bytes = 16 << 20
    }

    static let laneCount = 1 << 16
    /// Tries that are remembered of an event.
    static let historyLimit = 16

    private enum State: UInt8 {
        case free, parked, ready, underWay, paused, buried
    }

    private struct Entry {
        var state = State.free
        /// Tells a late report of an earlier event in this slot from one of this event.
        var generation: UInt32 = 0
        var lane: UInt32 = 0
        /// Next of the lane, or of the free slots.
        var next: Int32 = none
        /// Events of the delivery that this one leads.
        var members: Int32 = 1
    }

    /// What went wrong at the front of a lane.
    private struct Trouble {
        var backOff = BackOff()
        var search: PoisonSearch?
    }

    private static let none: Int32 = -1

    private let limits: Limits
    private var lanes = [Int32](repeating: none, count: laneCount)
    private var entries: [Entry] = []
    private var events: [JournalEvent?] = []
    private var firstFree = none
    private var ready: [Int32] = []
    private var pauses = DeadlineQueue<UInt64>()
    private var troubles: [UInt32: Trouble] = [:]
    private var histories: [Int32: [DeliveryTry]] = [:]

    private(set) var heldEvents = 0
    private(set) var heldBytes = 0
    /// Sent and without an outcome.
    private(set) var underWay = 0
    /// While set, nothing is given out.
    private(set) var isHalted = false

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    // MARK: In

    /// How much may be added, once it is a good part of the limit.
    var room: (events: Int, bytes: Int)? {
        let events = limits.events - heldEvents
        let bytes = limits.bytes - heldBytes
        return events >= max(1, limits.events / 4) && bytes > 0 ? (events, bytes) : nil
    }

    mutating func add(_ new: [JournalEvent]) {
        for index in new.indices {
            let lane = SubjectHash.lane(of: new[index], lanes: Self.laneCount)
            let slot = takeSlot(for: new[index], lane: lane)
            let last = lanes[lane]
            lanes[lane] = slot
            heldBytes += new[index].notification.body.count
            if last == Self.none {
                entries[Int(slot)].state = .ready
                ready.append(slot)
            } else {
                entries[Int(slot)].state = .parked
                entries[Int(last)].next = slot
                if !troubles.isEmpty, troubles[UInt32(lane)] != nil { detachBody(slot) }
            }
        }
        heldEvents += new.count
    }

    private mutating func takeSlot(for event: JournalEvent, lane: Int) -> Int32 {
        guard firstFree != Self.none else {
            entries.append(Entry(lane: UInt32(lane)))
            events.append(event)
            return Int32(entries.count - 1)
        }
        let slot = firstFree
        firstFree = entries[Int(slot)].next
        entries[Int(slot)].lane = UInt32(lane)
        entries[Int(slot)].next = Self.none
        entries[Int(slot)].members = 1
        events[Int(slot)] = event
        return slot
    }

    /// A body is a slice of its batch's bytes; an event that waits long must not keep them all.
    private mutating func detachBody(_ slot: Int32) {
        guard let event = events[Int(slot)], !event.notification.body.isEmpty else { return }
        var notification = event.notification
        notification.body = ArraySlice(Array(notification.body))
        events[Int(slot)] = JournalEvent(offset: event.offset, notification: notification)
    }

    // MARK: Out

    /// Events of deliveries that may go now. A pause may have ended since.
    mutating func takeReady(now: Duration, bounds: DeliveryBounds = DeliveryBounds()) -> [OutboundEvent] {
        endPauses(now)
        guard !isHalted, !ready.isEmpty else { return [] }
        var out: [OutboundEvent] = []
        out.reserveCapacity(ready.count)
        for front in ready { send(front, bounds, into: &out) }
        ready.removeAll(keepingCapacity: true)
        return out
    }

    var readyCount: Int { isHalted ? 0 : ready.count }
    /// When the next pause ends.
    var nextDeadline: Duration? { isHalted ? nil : pauses.first }

    private mutating func send(_ front: Int32, _ bounds: DeliveryBounds, into out: inout [OutboundEvent]) {
        guard let first = events[Int(front)] else { return }
        let id = id(of: front)
        entries[Int(front)].state = .underWay
        out.append(OutboundEvent(id: id, first.shared))
        var count: Int32 = 1
        if bounds.events > 1 {
            let searched = troubles.isEmpty ? nil : troubles[entries[Int(front)].lane]?.search?.nextCount
            let limit = min(searched ?? bounds.events, bounds.events)
            var bytes = first.notification.body.count + DeliveryBounds.bytesBesideBody
            var slot = entries[Int(front)].next
            while count < limit, slot != Self.none, let event = events[Int(slot)],
                SubjectHash.haveSameUnit(event, first),
                bounds.mayShare?(first.notification, event.notification) ?? true
            {
                bytes += event.notification.body.count + DeliveryBounds.bytesBesideBody
                guard bytes <= bounds.bytes else { break }
                entries[Int(slot)].state = .underWay
                out.append(OutboundEvent(id: id, event.shared))
                count += 1
                slot = entries[Int(slot)].next
            }
        }
        entries[Int(front)].members = count
        underWay += Int(count)
    }

    private mutating func endPauses(_ now: Duration) {
        while let id = pauses.popDue(now) {
            guard let slot = slot(of: id), entries[Int(slot)].state == .paused else { continue }
            makeReady(slot)
        }
    }

    // MARK: Outcomes

    /// - Parameter random: from 0 to 1, for the jitter of pauses.
    mutating func handle(
        _ reports: [DeliveryReport], now: Duration, wallMilliseconds: () -> Int64 = { 0 }, random: () -> Double
    ) -> Verdicts {
        var verdicts = Verdicts()
        verdicts.settled.reserveCapacity(reports.count)
        for report in reports {
            guard let front = slot(of: report.id), entries[Int(front)].state == .underWay else { continue }
            underWay -= Int(entries[Int(front)].members)
            switch report.outcome {
            case .accepted:
                accepted(front, &verdicts)
            case .failed(let failure):
                remember(failure, at: front, wallMilliseconds: wallMilliseconds())
                failed(front, failure, now: now, random: random, &verdicts)
            }
        }
        return verdicts
    }

    private mutating func accepted(_ front: Int32, _ verdicts: inout Verdicts) {
        let lane = entries[Int(front)].lane
        let count = entries[Int(front)].members
        var slot = front
        for _ in 0..<count {
            if let event = events[Int(slot)] { verdicts.settled.append(event.offset) }
            slot = free(slot)
        }
        if !troubles.isEmpty, var trouble = troubles[lane] {
            trouble.search?.accepted(Int(count))
            trouble.backOff.reset()
            let isOver = trouble.search?.isOver ?? true
            troubles[lane] = isOver ? nil : trouble
        }
        advance(lane, to: slot)
    }

    private mutating func failed(
        _ front: Int32, _ failure: EndpointFailure, now: Duration, random: () -> Double, _ verdicts: inout Verdicts
    ) {
        let count = Int(entries[Int(front)].members)
        if failure.kind.isFinalForEvent {
            return refused(front, count, failure, &verdicts)
        }
        takeBack(front)
        verdicts.returned += count
        if verdicts.firstReturn == nil { verdicts.firstReturn = failure }
        if failure.kind.endsSession {
            isHalted = true
            verdicts.fatal = verdicts.fatal ?? failure
            makeReady(front)
        } else if failure.kind == .throttled {
            isHalted = true
            // The longest wait that is asked for counts.
            if verdicts.throttled.map({ ($0.retryAfter ?? .zero) < (failure.retryAfter ?? .zero) }) ?? true {
                verdicts.throttled = failure
            }
            makeReady(front)
        } else {
            pause(front, now: now, random: random())
        }
    }

    private mutating func refused(_ front: Int32, _ count: Int, _ failure: EndpointFailure, _ verdicts: inout Verdicts) {
        let lane = entries[Int(front)].lane
        var trouble = troubles[lane] ?? Trouble()
        var search = trouble.search ?? PoisonSearch(refused: count, isTooLarge: failure.kind == .tooLarge)
        let isGuilty = search.refused(count)
        trouble.search = search.isOver ? nil : search
        troubles[lane] = trouble
        takeBack(front)
        guard isGuilty, let event = events[Int(front)] else { return makeReady(front) }
        entries[Int(front)].state = .buried
        verdicts.refused.append(
            Refusal(id: id(of: front), offset: event.offset, failure: failure, tries: histories[front] ?? []))
    }

    /// The refused event is in the dead letters: its subject goes on.
    mutating func buried(_ id: UInt64) {
        guard let front = slot(of: id), entries[Int(front)].state == .buried else { return }
        let lane = entries[Int(front)].lane
        let next = free(front)
        if troubles[lane]?.search == nil { troubles[lane] = nil }
        advance(lane, to: next)
    }

    /// The refused event could not be put into the dead letters: it is sent again after a pause.
    mutating func notBuried(_ id: UInt64, now: Duration, random: Double) {
        guard let front = slot(of: id), entries[Int(front)].state == .buried else { return }
        pause(front, now: now, random: random)
    }

    // MARK: All of it

    mutating func halt() { isHalted = true }
    mutating func resume() { isHalted = false }

    // MARK: Lanes

    private mutating func makeReady(_ front: Int32) {
        entries[Int(front)].state = .ready
        ready.append(front)
    }

    private mutating func pause(_ front: Int32, now: Duration, random: Double) {
        let lane = entries[Int(front)].lane
        var trouble = troubles[lane] ?? Trouble()
        let isNew = troubles[lane] == nil
        let wait = trouble.backOff.next(.ofDelivery, random: random)
        troubles[lane] = trouble
        entries[Int(front)].state = .paused
        pauses.add(id(of: front), at: now + wait)
        guard isNew else { return }
        var slot = front
        while slot != Self.none {
            detachBody(slot)
            slot = entries[Int(slot)].next
        }
    }

    /// The delivery is over without being accepted: its events stand in the lane as before.
    private mutating func takeBack(_ front: Int32) {
        var slot = front
        for _ in 0..<entries[Int(front)].members {
            entries[Int(slot)].state = .parked
            slot = entries[Int(slot)].next
        }
        entries[Int(front)].members = 1
    }

    private mutating func advance(_ lane: UInt32, to next: Int32) {
        if next == Self.none { lanes[Int(lane)] = Self.none } else { makeReady(next) }
    }

    /// - Returns: the one after it in the lane.
    private mutating func free(_ slot: Int32) -> Int32 {
        let index = Int(slot)
        heldBytes -= events[index]?.notification.body.count ?? 0
        heldEvents -= 1
        events[index] = nil
        let next = entries[index].next
        entries[index].state = .free
        entries[index].generation &+= 1
        entries[index].next = firstFree
        firstFree = slot
        if !histories.isEmpty { histories[slot] = nil }
        return next
    }

    private mutating func remember(_ failure: EndpointFailure, at front: Int32, wallMilliseconds: Int64) {
        let failed = DeliveryTry(
            atMilliseconds: wallMilliseconds, condition: failure.condition, description: failure.detail)
        var slot = front
        for _ in 0..<entries[Int(front)].members {
            var history = histories[slot] ?? []
            if history.count == Self.historyLimit { history.removeFirst() }
            history.append(failed)
            histories[slot] = history
            slot = entries[Int(slot)].next
        }
    }

    // MARK: Numbers

    private func id(of slot: Int32) -> UInt64 {
        UInt64(entries[Int(slot)].generation) << 32 | UInt64(UInt32(bitPattern: slot))
    }

    private func slot(of id: UInt64) -> Int32? {
        let index = Int(id & 0xffff_ffff)
        guard index < entries.count, entries[index].generation == UInt32(id >> 32) else { return nil }
        return Int32(index)
    }
}
